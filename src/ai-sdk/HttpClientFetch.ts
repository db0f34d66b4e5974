/**
 * A `fetch` that sends its requests by an `HttpClient`: timeouts, retries, spans and limits of that client apply.
 */
import type * as AiError from "effect/ai/AiError"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import * as LlmHttpError from "../llm/LlmHttpError.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import * as AnswerBody from "./AnswerBody.ts"
import * as AnswerForms from "./AnswerForms.ts"

/** @category models */
export type Fetch = typeof globalThis.fetch

/** The call of a model to which a request belongs. @category models */
export interface Call {
  /** In which a request runs: spans, clock. */
  readonly context: Context.Context<never>
  /** What the model is asked, and whether for a stream, where that is known. */
  readonly asked: { readonly request: LlmRequest; readonly isStream: boolean } | undefined
  /** What the last request was answered with. */
  response: HttpClientResponse.HttpClientResponse | undefined
  /** The cost that the last answer states by now, in US dollars. */
  cost: () => number | undefined
  /** What the next request is answered by, where it is another attempt of the last one. */
  again: ReturnType<HttpClient.HttpClient["execute"]> | undefined
}

/** A call of which nothing was sent. @category constructors */
export const callIn = (context: Context.Context<never>, asked: Call["asked"]): Call => ({
  context,
  asked,
  response: undefined,
  cost: () => undefined,
  again: undefined
})

/**
 * Bodies that are texts or bytes can be sent again by a client that retries; others are streams to it. Aborting closes the
 * connection, before the answer and in the middle of its body, as does a body that is cancelled. What the client fails with
 * is what the promise is rejected with. Redirects are the client's business.
 *
 * `callOf` returns the call that a request belongs to, by its signal. Where it says what was asked, the body is the answer by the letter.
 *
 * @category constructors
 */
export const make = (
  client: HttpClient.HttpClient,
  callOf: (signal: AbortSignal | undefined) => Call
): Fetch =>
async (input, init) => {
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
  const call = callOf(signal)
  const { again, context } = call
  const request = requestOf(input, init)
  // A redirect leads elsewhere, and the answer has the form of what was asked.
  const forms = () => {
    const forms = AnswerForms.at(request.url, call.asked?.request)
    call.cost = forms.cost
    return forms
  }
  const exit = await Effect.runPromiseExitWith(context)(
    // A vendor's package has no other calls than those to its models.
    LlmHttpError.repeatable(again ?? client.execute(request)),
    { signal }
  )
  if (Exit.isFailure(exit)) throw signal?.aborted ? signal.reason : Cause.squash(exit.cause)
  const response = exit.value
  call.response = response
  call.again = undefined
  const { headers, status } = response
  const isRead = call.asked !== undefined && status >= 200 && status < 300 && AnswerBody.isText(response)
  const stream: Stream.Stream<Uint8Array, AiError.AiError | HttpClientError.HttpClientError> = !isRead
    ? response.stream
    : call.asked.isStream
    ? AnswerBody.ofStream(response, forms)
    : AnswerBody.ofWhole(response, forms())
  const pieces = signal === undefined ? stream : Stream.interruptWhen(stream, aborted(signal))
  const body = withoutBody.has(status)
    ? null
    : Stream.toReadableStreamWith(
      Stream.onExit(pieces, (exit) => Exit.isSuccess(exit) ? Effect.void : discard(response)),
      context,
      // A reader that was aborted may neither read on nor cancel: so that nothing waits for it, the body never waits for
      // its reader. The client bounds how long it is.
      { strategy: { highWaterMark: Infinity } }
    )
  return new Response(body, { status, headers })
}

/** Of these, `Response` takes no body. */
const withoutBody = new Set([204, 205, 304])

const requestOf = (input: Parameters<Fetch>[0], init: RequestInit | undefined): HttpClientRequest.HttpClientRequest => {
  const { body, ...rest } = { ...init, signal: null }
  if (typeof body === "string" || body instanceof Uint8Array) {
    const web = new Request(input, rest)
    const request = HttpClientRequest.fromWeb(web)
    const type = web.headers.get("content-type")
    return typeof body === "string"
      ? HttpClientRequest.bodyText(request, body, type ?? "text/plain;charset=UTF-8")
      : HttpClientRequest.bodyUint8Array(request, body, type ?? undefined)
  }
  return HttpClientRequest.fromWeb(new Request(input, { ...init, signal: null }))
}

/** Closes the connection of a body of which nothing was read: only one that is being read can be interrupted. */
const discard = ({ arrayBuffer }: HttpClientResponse.HttpClientResponse) =>
  Effect.flatMap(Effect.forkChild(arrayBuffer, { startImmediately: true }), Fiber.interrupt)

const aborted = (signal: AbortSignal) =>
  Effect.callback<never, unknown>((resume) => {
    const abort = () => resume(Effect.fail(signal.reason))
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", abort))
  })
