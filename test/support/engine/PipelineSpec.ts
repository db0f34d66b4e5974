/**
 * `PipelineSpec`, whose pipelines run on an engine.
 */
import { Effect } from "effect"
import type * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import * as Made from "../../../src/pipeline/PipelineSpec.ts"
import { onEngine } from "./Pipeline.ts"

export * from "../../../src/pipeline/PipelineSpec.ts"

type Reads = (...given: ReadonlyArray<never>) => Effect.Effect<Pipeline.Any, unknown, unknown>

const reads = <F>(read: F): F =>
  ((...given: ReadonlyArray<never>) => Effect.map((read as Reads)(...given), onEngine)) as F

export const fromYaml = reads(Made.fromYaml)
export const load = reads(Made.load)
