/**
 * Keeps the secrets of a URL out of errors and spans.
 */
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Redacted from "effect/Redacted"
import { isSecretName } from "../../internal/SecretName.ts"

/**
 * The same request, with its query out of the URL and with what is secret in it wrapped: then no error and no span shows it.
 *
 * @category redaction
 */
export const hideSecrets = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const asks = request.url.includes("?") && URL.canParse(request.url)
  if (!asks && request.urlParams.params.length === 0) return request
  const { hash, url, urlParams } = asks
    ? HttpClientRequest.setUrl(HttpClientRequest.empty, new URL(request.url))
    : { ...request, urlParams: UrlParams.empty }
  const params = [...urlParams.params, ...request.urlParams.params].map(([name, value]) =>
    [name, isSecretName(name) && !Redacted.isRedacted(value) ? Redacted.make(value) : value] as const
  )
  return HttpClientRequest.makeWith(
    request.method,
    url,
    UrlParams.make(params),
    hash._tag === "Some" ? hash : request.hash,
    request.headers,
    request.body
  )
}
