/**
 * What a `FakeProvider` saw of one request. Secrets are kept out of it.
 */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { IncomingHttpHeaders } from "node:http"
import * as Redaction from "../internal/Redaction.ts"
import { isSecretName } from "../internal/SecretName.ts"

/** The APIs that a `FakeProvider` speaks. @category models */
export type Api = "chat-completions" | "responses" | "messages"

/**
 * How an exchange stands: `open` before its end, `answered` when all of the answer was sent, `abandoned` when the client
 * closed the connection before, `broken` when the server did, by its script.
 *
 * @category models
 */
export type Ending = "open" | "answered" | "abandoned" | "broken"

/**
 * One request. Times are Unix milliseconds, by the `Clock` that the server was started with.
 *
 * @category models
 */
export interface Exchange {
  /** `undefined` for a path that belongs to none of them. */
  readonly api: Api | undefined
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** A text, where it was not JSON. `null` where it was empty. */
  readonly body: Schema.Json
  /** Whether the client asked for a stream. */
  readonly streams: boolean
  readonly startedAt: number
  /** When the last of the answer was sent, or the connection was closed. */
  readonly endedAt: number | undefined
  readonly ending: Ending
}

/** An exchange that has begun, without the secrets in it. @category constructors */
export const begin = (request: {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly now: number
}): Exchange => {
  const all = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
  // A target such as `//` is not an address: it is a path then.
  const { pathname, searchParams } = URL.parse(request.url, "http://localhost")
    ?? { pathname: request.url, searchParams: new URLSearchParams() }
  const hide = hideOf([
    ...Redaction.ofFields([...all, ...searchParams]),
    ...Redaction.ofBody(parse(request.text))
  ])
  for (const name of new Set(searchParams.keys())) if (isSecretName(name)) searchParams.set(name, "redacted")
  const query = searchParams.size === 0 ? "" : `?${searchParams}`
  const body = parse(hide(request.text))
  return {
    api: apiOf(pathname),
    method: request.method,
    path: hide(pathname) + hide(query),
    headers: Object.fromEntries(
      all.map(([name, value]) => [name, isSecretName(name) ? Redaction.redacted : hide(value)])
    ),
    body,
    streams: Predicate.isObject(body) && "stream" in body && body["stream"] === true,
    startedAt: request.now,
    endedAt: undefined,
    ending: "open"
  }
}

/** What hides these secrets. A client sends the same ones with each request, and what finds them takes longer to make than to use. */
const hideOf = (secrets: ReadonlyArray<Redacted.Redacted>): (text: string) => string => {
  const texts = secrets.map(Redacted.value)
  if (texts.length !== last.texts.length || texts.some((text, at) => text !== last.texts[at])) {
    last = { texts, hide: Redaction.hide(secrets) }
  }
  return last.hide
}

let last: { readonly texts: ReadonlyArray<string>; readonly hide: (text: string) => string } = {
  texts: [],
  hide: Redaction.hide([])
}

const apiOf = (path: string): Api | undefined =>
  path.endsWith("/chat/completions")
    ? "chat-completions"
    : path.endsWith("/responses")
    ? "responses"
    : /\/messages(?:\/batches|$)/.test(path)
    ? "messages"
    : undefined

const parse = (text: string): Schema.Json => {
  try {
    return text === "" ? null : JSON.parse(text)
  } catch {
    return text
  }
}
