/**
 * What happens while an agent runs, as it happens: what every agent emits, in a pipeline or not. `PipelineEvent` is the union
 * of these and of the events of steps.
 *
 * - `path` names the step, and the call of a tool, below the run that is observed: `["hall", "rating", "call_2"]`.
 * - `run` is the id of the innermost run around the event.
 * - `seq` numbers the events of one listener, from 0.
 * - `at` is in milliseconds since the listener began to listen, on the monotonic clock.
 */
import * as Schema from "effect/Schema"
import { Decision } from "./Approval.ts"
import { Usage } from "./Usage.ts"

/** Where and when an event happened. @category models */
export const Place = {
  path: Schema.Array(Schema.String),
  run: Schema.String,
  seq: Schema.Int,
  at: Schema.Finite
}

/** The tag and the message of a failure. @category models */
export const Failure = Schema.Struct({ _tag: Schema.String, message: Schema.String })

const Outcome = Schema.Literals(["completed", "failed", "interrupted"])
const ended = { outcome: Outcome, error: Schema.optionalKey(Failure), usage: Schema.optionalKey(Usage) }

/**
 * The outermost run that is observed began: the run `run` of `agent`. `parent` is the run around it, which the listener does
 * not see.
 *
 * @category models
 */
export const RunStarted = Schema.TaggedStruct("RunStarted", {
  agent: Schema.String,
  version: Schema.String,
  parent: Schema.optionalKey(Schema.String),
  startedAt: Schema.DateTimeUtcFromString,
  ...Place
})

/** The outermost run ended. `usage` is absent where it asked no language model. @category models */
export const RunEnded = Schema.TaggedStruct("RunEnded", { ...ended, ...Place })

/** An agent inside the run began: in a step, in a tool or in the program of another. @category models */
export const AgentStarted = Schema.TaggedStruct("AgentStarted", {
  agent: Schema.String,
  version: Schema.String,
  parent: Schema.String,
  ...Place
})

/** An agent inside the run ended. @category models */
export const AgentEnded = Schema.TaggedStruct("AgentEnded", { agent: Schema.String, ...ended, ...Place })

/** `call` numbers the calls of models that one listener sees: `m1`, `m2`. */
const ofModel = { call: Schema.String, ...Place }

/** A language model was asked. @category models */
export const ModelAsked = Schema.TaggedStruct("ModelAsked", {
  provider: Schema.String,
  model: Schema.String,
  ...ofModel
})

/**
 * A piece of text that a language model sent, as it arrived. `call` is absent where the program emitted it by
 * `Run.emitToken`.
 *
 * @category models
 */
export const TextDelta = Schema.TaggedStruct("TextDelta", {
  text: Schema.String,
  ...ofModel,
  call: Schema.optionalKey(Schema.String)
})

/** A piece of what the model thought, as far as the vendor shows it. @category models */
export const ReasoningDelta = Schema.TaggedStruct("ReasoningDelta", { text: Schema.String, ...ofModel })

/**
 * The answer of a schema that an agent ends on has grown: `value` is what of it has come, as JSON that no schema has checked. Of a
 * schema that holds secrets nothing is shown before the whole.
 *
 * @category models
 */
export const AnswerGrew = Schema.TaggedStruct("AnswerGrew", { value: Schema.Json, ...ofModel })

/**
 * The model gave an answer that does not match the schema, for the `attempt`th time. It is asked again as long as attempts are
 * left.
 *
 * @category models
 */
export const AnswerRefused = Schema.TaggedStruct("AnswerRefused", {
  attempt: Schema.Int,
  issues: Schema.String,
  ...Place
})

/** An attempt broke off. What the call has emitted so far is void, and comes again. @category models */
export const ModelRetried = Schema.TaggedStruct("ModelRetried", { error: Failure, ...ofModel })

/**
 * The model answered, after `ms` milliseconds. `provider` and `model` gave the answer, which may be others than those that were
 * asked. `usage` has the cost; all of it is 0 where the answer was `cached`.
 *
 * @category models
 */
export const ModelCalled = Schema.TaggedStruct("ModelCalled", {
  provider: Schema.String,
  model: Schema.String,
  finishReason: Schema.String,
  usage: Usage,
  cached: Schema.optionalKey(Schema.Literal(true)),
  ms: Schema.Finite,
  ...ofModel
})

/** The model failed, or the call was interrupted, after `ms` milliseconds. @category models */
export const ModelFailed = Schema.TaggedStruct("ModelFailed", { error: Failure, ms: Schema.Finite, ...ofModel })

/** `callId` is the model's own id of the call. */
const ofTool = { tool: Schema.String, callId: Schema.String, ...Place }

/**
 * A model called a tool. `input` is what it gave, as JSON, where what the tool's schema says is `Redacted` is `<redacted>`; absent
 * where it holds a secret that cannot be found.
 *
 * @category models
 */
export const ToolCalled = Schema.TaggedStruct("ToolCalled", { input: Schema.optionalKey(Schema.Json), ...ofTool })

/** The tool answered, after `ms` milliseconds. Secrets in `output` are hidden as in `ToolCalled`. @category models */
export const ToolAnswered = Schema.TaggedStruct("ToolAnswered", {
  output: Schema.optionalKey(Schema.Json),
  ms: Schema.Finite,
  ...ofTool
})

/** The call failed, was not made, or was interrupted, after `ms` milliseconds. @category models */
export const ToolFailed = Schema.TaggedStruct("ToolFailed", { error: Failure, ms: Schema.Finite, ...ofTool })

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
export const AgentEvent = Schema.Union([
  RunStarted,
  RunEnded,
  AgentStarted,
  AgentEnded,
  ModelAsked,
  TextDelta,
  ReasoningDelta,
  AnswerGrew,
  AnswerRefused,
  ModelRetried,
  ModelCalled,
  ModelFailed,
  ToolCalled,
  ToolAnswered,
  ToolFailed,
  ApprovalAsked,
  ApprovalDecided,
  CacheFailed
])
/** @category models */
export type AgentEvent = typeof AgentEvent.Type

const tags: ReadonlySet<string> = new Set(AgentEvent.members.map(({ fields: { _tag } }) => _tag.schema.literal))

/**
 * Whether an event of a run is one of an agent, rather than of a step.
 *
 * @category guards
 */
export const isAgentEvent = (event: { readonly _tag: string }): event is AgentEvent => tags.has(event._tag)
