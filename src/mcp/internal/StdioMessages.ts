/**
 * Standard input as messages of JSON-RPC, one a line, for a server that reads only those.
 *
 * 1. A line that is not a message is answered with an error, and reading goes on: the calls that run, and the messages before
 *    and behind it, are not affected.
 * 2. The id of a request must be free: one that another request still uses is answered with an error without an id, since an
 *    answer to the id would be taken for that of the other request.
 * 3. A message that the server breaks off at is answered with an internal error, and the server reads on at the next message.
 */
import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as SafeJson from "../../internal/SafeJson.ts"

/** Bytes of one message. The reader of `effect/rpc` has the same bound. */
const maxBytes = 16 * 1024 * 1024

type Id = string | number

/** A message that can be served, and the ids of the requests in it. */
interface Message {
  readonly line: string
  /** Most versions of the protocol refuse a batch whole: its ids are never answered then. */
  readonly isBatch: boolean
  readonly ids: ReadonlyArray<Id>
}

/** Why a line is not served, by the codes of JSON-RPC. */
interface Problem {
  readonly code: number
  readonly message: string
}

/** `real` for a server of messages. Reads its input until the scope closes. */
export const make = Effect.fnUntraced(function*(real: Stdio.Stdio) {
  const messages = yield* Queue.bounded<Message, Cause.Done>(1)
  const inFlight = new Set<Id>()

  const refuse = ({ code, message }: Problem, id: Id | null = null) =>
    // Where standard output is closed the server itself ends.
    Effect.ignore(
      Stream.run(Stream.succeed(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n`), real.stdout())
    )

  const read = (line: Uint8Array | undefined): Effect.Effect<unknown> => {
    const message = messageOf(line)
    if (message === undefined) return Effect.void
    if (Result.isFailure(message)) return refuse(message.failure)
    const { ids } = message.success
    const used = ids.find((id, at) => inFlight.has(id) || ids.indexOf(id) < at)
    if (used !== undefined) return refuse(invalid(`the request id ${JSON.stringify(used)} is in use`))
    if (!message.success.isBatch) { for (const id of ids) inFlight.add(id) }
    return Queue.offer(messages, message.success)
  }

  yield* real.stdin.pipe(
    lines,
    Stream.runForEach(read),
    Effect.tapCause((cause) => Effect.logError("standard input could not be read", cause)),
    Effect.exit,
    Effect.andThen(Queue.end(messages)),
    Effect.forkScoped
  )

  let served: Message | undefined
  const stdin = Stream.suspend(() => {
    const broken = served
    served = undefined
    const takeOne = Effect.map(Queue.take(messages), (message) => {
      served = message
      return Arr.of(`${message.line}\n`)
    })
    // The server begins to read again after it broke off.
    const apology = broken === undefined ? Effect.void : Effect.suspend(() => {
      const lost = broken.ids.filter((id) => inFlight.delete(id))
      return Effect.forEach(lost, (id) => refuse(internal, id), { discard: true })
    })
    return Stream.fromPull(Effect.as(apology, takeOne))
  })

  const release = (sent: string | Uint8Array): void => {
    if (inFlight.size === 0) return
    const text = typeof sent === "string" ? sent : new TextDecoder().decode(sent)
    const answers = Result.try(() => SafeJson.parse(text))
    for (const answer of Result.isSuccess(answers) ? Arr.ensure(answers.success) : []) {
      if (Predicate.hasProperty(answer, "id") && !Predicate.hasProperty(answer, "method") && isId(answer.id)) {
        inFlight.delete(answer.id)
      }
    }
  }

  return Stdio.make({
    ...real,
    stdin: Stream.encodeText(stdin),
    stdout: (options) =>
      Sink.mapInput(real.stdout(options), (sent: string | Uint8Array) => {
        release(sent)
        return sent
      })
  })
})

/** Lines of bytes. One that is longer than a message may be is `undefined`, and is not held. */
const lines = <E, R>(chunks: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array | undefined, E, R> =>
  Stream.suspend(() => {
    let parts: Array<Uint8Array> = []
    let size = 0
    const add = (part: Uint8Array) => {
      size += part.length
      if (size > maxBytes) parts = []
      else parts.push(part)
    }
    const end = () => {
      const line = size > maxBytes ? undefined : Buffer.concat(parts)
      parts = []
      size = 0
      return line
    }
    return Stream.mapEffect(chunks, (chunk) =>
      Effect.sync(() => {
        const found: Array<Uint8Array | undefined> = []
        let from = 0
        for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
          add(chunk.subarray(from, at))
          found.push(end())
          from = at + 1
        }
        add(chunk.subarray(from))
        return found
      })).pipe(
        Stream.concat(Stream.sync(() => size === 0 ? [] : [end()])),
        Stream.flattenIterable
      )
  })

const newline = "\n".charCodeAt(0)

const unparsable: Problem = { code: -32_700, message: "Parse error" }

/** `undefined` for an empty line. */
const messageOf = (bytes: Uint8Array | undefined): Result.Result<Message, Problem> | undefined => {
  if (bytes === undefined) return Result.fail(invalid(`a message has at most ${maxBytes} bytes`))
  const read = Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim())
  if (Result.isFailure(read)) return Result.fail(unparsable)
  const line = read.success
  if (line === "") return undefined
  if (SafeJson.isDeepText(line)) {
    return Result.fail(invalid(`a message is nested at most ${SafeJson.mostLevels} levels deep`))
  }
  const parsed = Result.try((): unknown => JSON.parse(line))
  if (Result.isFailure(parsed)) return Result.fail(unparsable)
  const value = parsed.success
  const ids: Array<Id> = []
  for (const one of Arr.ensure(value)) {
    if (!Predicate.isObject(one)) return Result.fail(invalid("a message is an object"))
    if (!Predicate.hasProperty(one, "method")) {
      if (!("result" in one || "error" in one)) {
        return Result.fail(invalid("a message has a method, a result or an error"))
      }
      continue
    }
    if (typeof one.method !== "string") return Result.fail(invalid("the method is a string"))
    if (!Predicate.hasProperty(one, "id")) continue
    if (!isId(one.id)) return Result.fail(invalid("the id of a request is a string or a number"))
    ids.push(one.id)
  }
  return Result.succeed({ line, isBatch: Array.isArray(value), ids })
}

const isId = (id: unknown): id is Id => typeof id === "string" || typeof id === "number"

const invalid = (problem: string): Problem => ({ code: -32_600, message: `Invalid Request: ${problem}` })

const internal: Problem = { code: -32_603, message: "Internal error" }
