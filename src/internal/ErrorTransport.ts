/**
 * Errors on their way to another thread, whatever was thrown: with their names, fields and causes, and both stacks.
 */
import * as Inspectable from "effect/Inspectable"
import * as Sendable from "./Sendable.ts"

/** Plain data, from which `revive` makes an error again. `value` is what was thrown, if it was no error. */
export type SentError =
  | { readonly value: unknown }
  | {
    readonly name: string
    readonly message: string
    readonly stack: string | undefined
    /** Its own fields, `_tag` and `code` among them. What cannot be sent is described in words. */
    readonly fields: Readonly<Record<string, unknown>>
    readonly cause?: SentError
  }

export const send = (thrown: unknown, depth = 0): SentError => {
  if (!(thrown instanceof Error)) return { value: describe(thrown) }
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(thrown)) if (!kept.has(key)) fields[key] = describe(value)
  return {
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    fields,
    ...(thrown.cause === undefined || depth >= deepest ? {} : { cause: send(thrown.cause, depth + 1) })
  }
}

/** `caller` is the stack that waited for it. */
export const revive = (sent: SentError, caller: string): unknown => {
  if ("value" in sent) return sent.value
  const Builtin = builtins.find((type) => type.name === sent.name) ?? Error
  const error = new Builtin(sent.message, sent.cause && { cause: revive(sent.cause, "") })
  if (error.name !== sent.name) Object.defineProperty(error, "name", { value: sent.name, configurable: true })
  return withStack(Object.assign(error, sent.fields), sent.stack, caller)
}

/** Gives `error` the frames of the thread that it comes from, and those of the one that waited. */
export const withStack = <A>(error: A, stack: string | undefined, caller: string): A => {
  if (error instanceof Error && stack !== undefined) {
    const value = caller === "" ? stack : `${stack}\n${boundary}\n${caller}`
    Object.defineProperty(error, "stack", { value, configurable: true, writable: true })
  }
  return error
}

/** The frames above `below`, as text. */
export const stackAbove = (below: (...args: never) => unknown): string => {
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, below)
  return (here.stack ?? "").split("\n").slice(1).join("\n")
}

const describe = (value: unknown): unknown =>
  Sendable.isSendable(value)
    ? value
    : value instanceof Error
    ? `${value.name}: ${value.message}`
    : Inspectable.toStringUnknown(value)

const boundary = "    --- agent worker boundary ---"
const kept = new Set(["name", "message", "stack", "cause"])
const builtins = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]
const deepest = 5
