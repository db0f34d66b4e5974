/**
 * `greenlang`, whose pipelines run on an engine: the tests of pipelines import this in its place.
 */
export * from "../../../src/index.ts"
export * as Pipeline from "./Pipeline.ts"
export * as PipelineSpec from "./PipelineSpec.ts"
