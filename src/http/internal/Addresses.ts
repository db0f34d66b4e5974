/**
 * The addresses of requests. Programs ask few servers often, so what was parsed is kept.
 */
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Url from "effect/http/Url"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** How many are kept. */
const most = 100

const known = new Map<string, Result.Result<Address, Url.UrlError>>()

/** An address, and the parts of it that undici takes. */
export interface Address {
  readonly url: URL
  readonly origin: string
  readonly path: string
}

/** The address of a URL. */
export const make = (url: URL): Address => ({ url, origin: url.origin, path: url.pathname + url.search })

/** The address of a request. It is shared: nothing may change it. */
export const of = (
  { hash, url, urlParams }: HttpClientRequest.HttpClientRequest
): Result.Result<Address, Url.UrlError> => {
  if (urlParams.params.length > 0 || Option.isSome(hash)) {
    return Result.map(Url.make(url, urlParams, Option.getOrUndefined(hash)), make)
  }
  const found = known.get(url)
  if (found !== undefined) return found
  const made = Result.map(Url.make(url, urlParams, undefined), make)
  if (Result.isSuccess(made)) {
    if (known.size >= most) known.clear()
    known.set(url, made)
  }
  return made
}
