/**
 * Draws the pipeline of a spec out of its text. `PipelineSpec` loads this module, and all that reads a spec, with the first
 * text.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Agent from "../../agent/Agent.ts"
import type * as Pipeline from "../Pipeline.ts"
import { check } from "./Check.ts"
import { compile } from "./Compile.ts"
import * as Faults from "./Faults.ts"
import * as Reader from "./Reader.ts"
import * as Source from "./Source.ts"

/** The pipeline, whose steps have the types of the agents, or what is wrong with the text. */
export const draw = Effect.fnUntraced(function*(
  text: string,
  known: ReadonlyArray<Agent.Any>,
  isCached: boolean
): Effect.fn.Return<Result.Result<Pipeline.Any, ReadonlyArray<Source.Issue>>> {
  const { broken, issues, root } = yield* Source.parse(text)
  const faults = new Faults.Faults()
  const agents = new Map<string, Agent.Any>(known.map((agent) => [agent.name, agent]))
  const spec = Reader.read(root, faults)
  const input = check(spec, agents, faults, isCached)
  const sure = faults.all.filter(({ column, doubtful, line }) =>
    broken.size === 0 || !(doubtful || column >= (broken.get(line) ?? Infinity))
  )
  const all = [...issues.map((issue) => ({ ...issue, message: () => issue.message })), ...sure]
  return all.length > 0 ? Result.fail(Faults.listed(all)) : Result.succeed(compile(spec, input, agents))
})
