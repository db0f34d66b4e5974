/**
 * Follows redirects, and takes no secret to another host.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Deadline from "../../internal/Deadline.ts"
import { isSecretName } from "../../internal/SecretName.ts"
import { hideSecrets } from "./HiddenQuery.ts"
import * as RefusalBody from "./RefusalBody.ts"

const most = 10

type Method = HttpClientRequest.HttpClientRequest["method"]

/**
 * The answer to a request, from the address that an answer of 301, 302, 303, 307 or 308 names. After ten of them, and where the
 * request cannot be sent again, the redirect is the answer. All of them take as long as `timeout` at most.
 *
 * @category execution
 */
export const followed = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  timeout: Duration.Duration
): Answered =>
  Effect.withFiber((fiber) => {
    const clock = fiber.getRef(Clock.Clock)
    const began = clock.currentTimeMillisUnsafe()
    return Effect.flatMap(client.execute(request), (response) => {
      if (response.status < 300 || response.status > 399) return Effect.succeed(response)
      const left = Duration.millis(Duration.toMillis(timeout) - (clock.currentTimeMillisUnsafe() - began))
      return Deadline.within(followedFrom(client, response, request, most), left, () => tookTooLong(request, timeout))
    })
  })

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const followedFrom = (
  client: HttpClient.HttpClient,
  response: HttpClientResponse.HttpClientResponse,
  request: HttpClientRequest.HttpClientRequest,
  left: number
): Answered => {
  const redirected = left === 0 ? undefined : redirectedBy(response, request)
  return redirected === undefined ? Effect.succeed(response) : RefusalBody.read(response).pipe(
    Effect.andThen(client.execute(redirected)),
    Effect.flatMap((response) => followedFrom(client, response, redirected, left - 1))
  )
}

const tookTooLong = (request: HttpClientRequest.HttpClientRequest, timeout: Duration.Duration) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({
      request,
      description: `nothing but redirects came for ${Duration.format(timeout)}, and the connection was closed`
    })
  })

/** Whether a body is still there after it was sent. @category bodies */
export const canBeSentAgain = (body: HttpBody.HttpBody): boolean =>
  body._tag === "Raw" ? typeof body.body === "string" || body.body instanceof Uint8Array : body._tag !== "Stream"

const redirectedBy = (
  response: HttpClientResponse.HttpClientResponse,
  request: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest | undefined => {
  const { status } = response
  if (status < 300 || status > 399) return undefined
  // Headers are made anew each time they are asked for.
  const { headers, url } = response
  const method = methodAfter(status, request.method)
  const location = headers["location"]
  if (method === undefined || location === undefined) return undefined
  const from = URL.parse(url)
  const to = from === null ? null : URL.parse(location, from.href)
  if (from === null || to === null) return undefined
  if (to.protocol !== "http:" && to.protocol !== "https:") return undefined
  const keepsBody = method === request.method
  if (keepsBody && !canBeSentAgain(request.body)) return undefined
  if (to.hash === "") to.hash = from.hash
  const kept = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) =>
      name !== "host" && (isSameServer(from, to) || isHarmless(name)) && (keepsBody || !name.startsWith("content-"))
    )
  )
  return hideSecrets(
    HttpClientRequest.makeWith(
      method,
      to.href,
      UrlParams.empty,
      Option.none(),
      Headers.fromInput(kept),
      keepsBody ? request.body : HttpBody.empty
    )
  )
}

/** What another server may see. A header of a name that is not known may hold a secret. */
const isHarmless = (name: string): boolean => harmless.test(name) && !isSecretName(name)

const harmless =
  /^(?:accept(?:-.+)?|content-.+|user-agent|idempotency-key|cache-control|(?:anthropic|openai)-(?:version|beta)|traceparent|tracestate|b3|x-(?:trace|request|correlation)(?:-id)?)$/

/** A POST that was moved (301, 302) is not sent as a GET, as browsers do: that is another request. */
const methodAfter = (status: number, method: Method): Method | undefined => {
  if (status === 307 || status === 308) return method
  if (method === "GET" || method === "HEAD") {
    return status === 301 || status === 302 || status === 303
      ? method
      : undefined
  }
  return status === 303 ? "GET" : undefined
}

/** The same host, or the same by HTTPS, where both use the ports of their schemes. */
const isSameServer = (from: URL, to: URL): boolean =>
  from.origin === to.origin
  || from.hostname === to.hostname && from.protocol === "http:" && to.protocol === "https:" && from.port === ""
    && to.port === ""
