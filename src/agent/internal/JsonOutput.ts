/**
 * The answer of an agent as JSON, for every way out of the process: the command line, MCP, the steps of pipeline files.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SafeJson from "../../internal/SafeJson.ts"
import { InvalidOutput } from "../AgentError.ts"
import * as Issue from "../Issue.ts"

/**
 * An encoder of what `answers` describes. An answer that its schema allows and JSON cannot hold, such as `Infinity` in a field of
 * any value, is `InvalidOutput` of `agent`, which names the field.
 */
export const encoder = (agent: string, answers: Schema.ConstraintCodec<unknown, unknown>) => {
  const encode = Schema.encodeUnknownEffect(Schema.toCodecJson(answers))
  return (answer: unknown): Effect.Effect<Schema.Json, InvalidOutput> =>
    Effect.mapError(encode(answer), ({ issue }) => {
      const issues = Issue.describe(answers, issue).map((one) => one.message === notJson ? placed(one, answer) : one)
      return new InvalidOutput({ agent, issues })
    })
}

/**
 * As `encoder`, of what runs of `agent` have answered. They have checked it: what is JSON for sure, is not looked at again. An
 * answer of more than `SafeJson.mostLevels` levels is `InvalidOutput`, too.
 */
export const ofRun = ({ name, output }: {
  readonly name: string
  readonly output: Schema.ConstraintCodec<unknown, unknown>
}): (answer: unknown) => Effect.Effect<Schema.Json, InvalidOutput> => {
  if (SafeJson.isSure(output)) return (answer) => Effect.succeed(answer as Schema.Json)
  const encode = encoder(name, output)
  return (answer) =>
    Effect.filterOrFail(
      encode(answer),
      (json) => !SafeJson.isDeep(json),
      () => new InvalidOutput({ agent: name, issues: [{ path: "", message: tooDeep }] })
    )
}

const tooDeep = `is nested more than ${SafeJson.mostLevels} levels deep, and cannot be shown`

/** What the schema of JSON says, of the whole value that it stands for. */
const notJson = "Expected JSON value"

/** The issue with the path of the value that is not JSON. */
const placed = (issue: Issue.Issue, answer: unknown): Issue.Issue => {
  const keys = issue.path === "" ? [] : issue.path.split(".")
  const whole = keys.reduce((at, key) => isParent(at) ? Reflect.get(at, key) : undefined, answer)
  return { ...issue, path: [...keys, ...placeIn(whole)].join(".") }
}

/** The keys that lead to the first value that is not JSON, without the keys below it. */
const placeIn = (whole: unknown): ReadonlyArray<string> => {
  const seen = new Set<object>()
  const open: Array<{ readonly value: unknown; readonly path: ReadonlyArray<string> }> = [{ value: whole, path: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next
    if (!isParent(value)) {
      if (!isScalar(value)) return path
      continue
    }
    // A circle, or more levels than a path of use has.
    if (seen.has(value) || path.length >= mostKeys) return path
    seen.add(value)
    for (const key of Object.keys(value).toReversed()) {
      open.push({ value: Reflect.get(value, key), path: [...path, key] })
    }
  }
  return []
}

const mostKeys = 20

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)

const isParent = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
