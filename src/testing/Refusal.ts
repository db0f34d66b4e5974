/**
 * How a client says that it was not even asked.
 */
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"

/**
 * Holds nothing of the request but method and `url`, which must be without secrets. The reason is `InvalidUrlError`, as
 * that is what no retry repeats.
 *
 * @category constructors
 */
export const make = (method: string, url: string, cause: Error): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.InvalidUrlError({
      request: HttpClientRequest.makeWith(
        method,
        url,
        UrlParams.empty,
        Option.none(),
        Headers.empty,
        HttpBody.empty
      ),
      description: cause.message,
      cause
    })
  })
