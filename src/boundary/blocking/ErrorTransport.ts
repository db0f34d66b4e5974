/**
 * Sends thrown values to another thread: errors keep their names, fields and causes, and show the stacks of both threads.
 */
import * as Inspectable from "effect/Inspectable"
import * as Sendable from "./Sendable.ts"

/** Plain data, from which `revive` makes an error again. `value` is a thrown value that is not an error. */
export type SentError =
  | { readonly value: unknown }
  | {
    readonly name: string
    readonly message: string
    readonly stack: string | undefined
    /** Its own fields, such as `_tag` and `code`. Text describes a field that cannot be sent. */
    readonly fields: Readonly<Record<string, unknown>>
    readonly cause?: SentError
    /** Those of an `AggregateError`. */
    readonly errors?: ReadonlyArray<SentError>
  }

/** Never throws: it leaves out what cannot be read. */
export const send = (thrown: unknown, depth = 0): SentError => {
  if (!readable(() => thrown instanceof Error, false)) return { value: describe(thrown) }
  const error = thrown as Error
  const fields: Record<string, unknown> = {}
  for (const key of readable(() => Object.keys(error), [])) {
    if (!kept.has(key)) fields[key] = describe(readable(() => Reflect.get(error, key), unreadable))
  }
  const cause = readable(() => error.cause, undefined)
  const errors = readable(() => error instanceof AggregateError ? [...error.errors] : [], [])
  return {
    name: readable(() => String(error.name), "Error"),
    message: readable(() => String(error.message), unreadable),
    stack: readable(() => error.stack === undefined ? undefined : String(error.stack), undefined),
    fields,
    ...(cause === undefined || depth >= deepest ? undefined : { cause: send(cause, depth + 1) }),
    ...(errors.length === 0 || depth >= deepest ? undefined : { errors: errors.map((one) => send(one, depth + 1)) })
  }
}

/** Makes the error again. `caller` is the stack of the blocked call. */
export const revive = (sent: SentError, caller: string): unknown => {
  if ("value" in sent) return sent.value
  const options = sent.cause && { cause: revive(sent.cause, "") }
  const Builtin = builtins.find((type) => type.name === sent.name) ?? Error
  const error = sent.errors === undefined
    ? new Builtin(sent.message, options)
    : new AggregateError(sent.errors.map((one) => revive(one, "")), sent.message, options)
  if (error.name !== sent.name) Object.defineProperty(error, "name", { value: sent.name, configurable: true })
  return withStack(Object.assign(error, sent.fields), sent.stack, caller)
}

/** Gives `error` the frames of the thread that threw it, and those of the blocked caller. */
export const withStack = <A>(error: A, stack: string | undefined, caller: string): A => {
  if (error instanceof Error && stack !== undefined) {
    const value = caller === "" ? stack : `${stack}\n${boundary}\n${caller}`
    Reflect.defineProperty(error, "stack", { value, configurable: true, writable: true })
  }
  return error
}

/** The frames above `below`, as text. */
export const stackAbove = (below: (...args: never) => unknown): string => {
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, below)
  return (here.stack ?? "").split("\n").slice(1).join("\n")
}

/** The value as it arrives in the other thread, or text that describes it. */
const describe = (value: unknown): unknown => {
  try {
    return Sendable.unpack(Sendable.pack(value))
  } catch {
    const words = () => value instanceof Error ? `${value.name}: ${value.message}` : Inspectable.toStringUnknown(value)
    return readable(words, unreadable)
  }
}

/** Getters and proxies may throw. */
const readable = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const unreadable = "(unreadable)"
const boundary = "    --- agent worker boundary ---"
const kept = new Set(["name", "message", "stack", "cause"])
const builtins = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]
const deepest = 5
