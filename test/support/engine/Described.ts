/**
 * Schemas for what the steps of a test state none for, so that a durable run can record it: JSON, and the values that tests make
 * of classes, such as errors, options and results. A function, a symbol or a promise has no such form, and is refused.
 */
import { Effect, Option, Predicate, Result, Schema, SchemaIssue, SchemaTransformation } from "effect"

/** The classes whose instances were written, by the numbers that stand for them. */
const classes: Array<object> = []

const numberOf = (prototype: object): number => {
  const known = classes.indexOf(prototype)
  return known < 0 ? classes.push(prototype) - 1 : known
}

class Refused extends Error {}

const isPlain = (value: object) => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The fields of errors that are not enumerable. */
const hidden: ReadonlySet<string> = new Set(["message", "stack", "cause"])

const fieldsOf = (value: object): Record<string, Schema.Json> => {
  const fields: Record<string, Schema.Json> = {}
  for (const key of Reflect.ownKeys(value)) {
    const { enumerable, value: field } = Object.getOwnPropertyDescriptor(value, key) ?? {}
    if (typeof key === "symbol" || (enumerable !== true && !hidden.has(key))) continue
    fields[key] = write(field)
  }
  return fields
}

const write = (value: unknown): Schema.Json => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $: "number", value: Object.is(value, -0) ? "-0" : `${value}` }
    case "undefined":
      return { $: "undefined" }
    case "bigint":
      return { $: "bigint", value: `${value}` }
    case "object":
      break
    default:
      throw new Refused(`a ${typeof value}`)
  }
  if (value === null) return null
  if (Array.isArray(value)) return value.map(write)
  if (Option.isOption(value)) return { $: "option", values: Option.toArray(value).map(write) }
  if (Result.isResult(value)) {
    return Result.isSuccess(value)
      ? { $: "success", value: write(value.success) }
      : { $: "failure", value: write(value.failure) }
  }
  if (value instanceof Date) return { $: "date", value: value.getTime() }
  if (isPlain(value)) {
    const fields = fieldsOf(value)
    return "$" in fields ? { $: "object", fields } : fields
  }
  if (typeof (value as { then?: unknown }).then === "function") throw new Refused("a promise")
  return {
    $: "class",
    is: numberOf(Object.getPrototypeOf(value)),
    error: value instanceof Error,
    fields: fieldsOf(value)
  }
}

type Written = { readonly $: string; readonly [key: string]: Schema.Json }

const isWritten = (json: object): json is Written => "$" in json && typeof json.$ === "string"

const readFields = (fields: Schema.Json | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields as Record<string, Schema.Json>).map(([key, field]) => [key, read(field)]))

const read = (json: Schema.Json | undefined): unknown => {
  if (json === null || typeof json !== "object") return json
  if (Array.isArray(json)) return json.map(read)
  if (!isWritten(json)) return readFields(json as Schema.Json)
  switch (json.$) {
    case "number":
      return Number(json["value"])
    case "undefined":
      return undefined
    case "bigint":
      return BigInt(json["value"] as string)
    case "option": {
      const [value] = json["values"] as ReadonlyArray<Schema.Json>
      return (json["values"] as ReadonlyArray<Schema.Json>).length === 0 ? Option.none() : Option.some(read(value))
    }
    case "success":
      return Result.succeed(read(json["value"]))
    case "failure":
      return Result.fail(read(json["value"]))
    case "date":
      return new Date(json["value"] as number)
    case "class": {
      const prototype = classes[json["is"] as number]!
      const made = json["error"] === true ? Object.setPrototypeOf(new Error(), prototype) : Object.create(prototype)
      for (const [key, value] of Object.entries(readFields(json["fields"]))) {
        const enumerable = !hidden.has(key)
        Object.defineProperty(made, key, { value, enumerable, writable: true, configurable: true })
      }
      return made
    }
    default:
      return readFields(json["fields"])
  }
}

type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/** Any value that has a form in JSON. */
export const Anything: Schema.Codec<unknown, unknown> = Schema.declare<unknown>(Predicate.isUnknown, {
  toCodecJson: () =>
    Schema.link<unknown>()(
      Schema.Json,
      SchemaTransformation.transformEffect<unknown, Schema.Json>({
        decode: (json) => Effect.succeed(read(json)),
        encode: (value) =>
          Effect.try({
            try: () => write(value),
            catch: (error) => new SchemaIssue.InvalidValue({ message: String(error) })
          })
      })
    )
})

/** The schema, or `Anything` where there is none, or one that says nothing of the value. */
export const described = (schema: AnySchema | undefined): AnySchema =>
  schema === undefined || schema.ast._tag === "Unknown" || schema.ast._tag === "Any" ? Anything : schema
