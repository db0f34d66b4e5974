/**
 * The answer of an agent as JSON, for every way out of the process: the command line, MCP, the steps of pipeline files.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SafeJson from "../../internal/SafeJson.ts"
import { InvalidOutput } from "../AgentError.ts"
import * as Issue from "../Issue.ts"
import * as ForeignPart from "./ForeignPart.ts"

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
  const inside = ForeignPart.find(ForeignPart.at(answer, keys))?.path ?? []
  return { ...issue, path: [...keys, ...inside.slice(0, mostKeys)].join(".") }
}

/** A longer path says no more. */
const mostKeys = 20
