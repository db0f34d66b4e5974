/**
 * The events that agents emit themselves, in a pipeline or not. `PipelineEvent` is the union of these and of the events
 * of steps and runs.
 *
 * `path` names the step below the run that is observed. `at` is in milliseconds since that run began.
 */
import * as Schema from "effect/Schema"
import { Decision } from "./Approval.ts"

/** Where and when an event happened. @category models */
export const Place = { path: Schema.Array(Schema.String), at: Schema.Finite }

/** A piece of text that a language model sent, as it arrived. @category models */
export const StepToken = Schema.TaggedStruct("StepToken", { text: Schema.String, ...Place })

/** A person is asked, and the step waits for the decision. @category models */
export const ApprovalAsked = Schema.TaggedStruct("ApprovalAsked", { text: Schema.String, ...Place })

/** The person has decided. @category models */
export const ApprovalDecided = Schema.TaggedStruct("ApprovalDecided", { ...Decision.fields, ...Place })

/**
 * A cache of steps or of language models failed, or took too long: the run goes on without it.
 *
 * @category models
 */
export const CacheFailed = Schema.TaggedStruct("CacheFailed", {
  cache: Schema.Literals(["step", "model"]),
  operation: Schema.Literals(["read", "write"]),
  message: Schema.String,
  ...Place
})

/** @category models */
export const AgentEvent = Schema.Union([StepToken, ApprovalAsked, ApprovalDecided, CacheFailed])
/** @category models */
export type AgentEvent = typeof AgentEvent.Type
