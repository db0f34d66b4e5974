/**
 * What stands beside an answer: log probabilities, citations, notes about the message. A vendor's package refuses all of an answer
 * whose decoration has another shape than it expects, so such a decoration is left out.
 */
import * as Schema from "effect/Schema"
import * as LooseJson from "../llm/internal/LooseJson.ts"

/** What a decoration must be, by its key. */
export type Shapes = Readonly<Record<string, (value: unknown) => boolean>>

/** The fields of `json` without those whose shape is known and is another. @category reading */
export const readable = (json: LooseJson.Fields, shapes: Shapes): LooseJson.Fields =>
  Object.fromEntries(
    Object.entries(json).filter(([key, value]) =>
      LooseJson.isAbsent(value) || !Object.hasOwn(shapes, key) || shapes[key]!(value)
    )
  )

const optional = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullishOr(schema))
const shape = (schema: Schema.Codec<unknown>) => Schema.is(schema)
const text = shape(Schema.String)

const Probability = Schema.Struct({ token: Schema.String, logprob: Schema.Finite })
const Probabilities = Schema.Array(Schema.Struct({
  ...Probability.fields,
  top_logprobs: Schema.Array(Probability)
}))

/** Beside a choice of a chat completion. @category shapes */
export const ofChoice: Shapes = {
  logprobs: shape(Schema.Struct({ content: optional(Probabilities), refusal: optional(Probabilities) }))
}

/** Beside the text of a chat completion. @category shapes */
export const ofChatMessage: Shapes = {
  annotations: shape(Schema.Array(Schema.Struct({
    type: Schema.Literal("url_citation"),
    url_citation: Schema.Struct({
      start_index: Schema.Finite,
      end_index: Schema.Finite,
      url: Schema.String,
      title: Schema.String
    })
  })))
}

/** Beside a call in a chat completion. @category shapes */
export const ofCall: Shapes = {
  extra_content: shape(Schema.Struct({
    google: optional(Schema.Struct({ thought_signature: optional(Schema.String) }))
  }))
}

/** Beside a text of OpenAI's responses. @category shapes */
export const ofOutputText: Shapes = { logprobs: shape(Probabilities) }

/** Whether a text of OpenAI's responses says so where it is from. @category reading */
export const isAnnotation = shape(Schema.Union([
  Schema.Struct({
    type: Schema.Literal("url_citation"),
    start_index: Schema.Finite,
    end_index: Schema.Finite,
    url: Schema.String,
    title: Schema.String
  }),
  Schema.Struct({
    type: Schema.Literal("file_citation"),
    file_id: Schema.String,
    filename: Schema.String,
    index: Schema.Finite
  }),
  Schema.Struct({
    type: Schema.Literal("container_file_citation"),
    container_id: Schema.String,
    file_id: Schema.String,
    filename: Schema.String,
    start_index: Schema.Finite,
    end_index: Schema.Finite
  }),
  Schema.Struct({ type: Schema.Literal("file_path"), file_id: Schema.String, index: Schema.Finite })
]))

/** Beside the output of OpenAI's responses. @category shapes */
export const ofResponse: Shapes = {
  service_tier: text,
  incomplete_details: shape(Schema.Struct({ reason: Schema.String })),
  reasoning: shape(Schema.Struct({ context: optional(Schema.String) })),
  prompt_cache_diagnostics: shape(Schema.Struct({
    type: Schema.String,
    reason: optional(Schema.String),
    cache_missed_tokens: optional(Schema.Finite),
    comparison_reusable_tokens: optional(Schema.Finite)
  }))
}

/** Beside the content of a message of Anthropic. @category shapes */
export const ofMessage: Shapes = {
  role: text,
  stop_sequence: text,
  service_tier: text,
  stop_details: shape(Schema.Struct({
    type: Schema.String,
    category: optional(Schema.String),
    explanation: optional(Schema.String),
    recommended_model: optional(Schema.String)
  })),
  container: shape(Schema.Struct({
    id: Schema.String,
    expires_at: Schema.String,
    skills: optional(Schema.Array(Schema.Struct({
      type: Schema.Literals(["anthropic", "custom"]),
      skill_id: Schema.String,
      version: Schema.String
    })))
  })),
  context_management: shape(Schema.Struct({
    applied_edits: Schema.Array(Schema.Union([
      Schema.Struct({
        type: Schema.Literal("clear_tool_uses_20250919"),
        cleared_tool_uses: Schema.Finite,
        cleared_input_tokens: Schema.Finite
      }),
      Schema.Struct({
        type: Schema.Literal("clear_thinking_20251015"),
        cleared_thinking_turns: Schema.Finite,
        cleared_input_tokens: Schema.Finite
      }),
      Schema.Struct({ type: Schema.Literal("compact_20260112") })
    ]))
  })),
  input_transformations: shape(Schema.Array(Schema.Struct({
    type: Schema.String,
    path: Schema.String,
    reason: Schema.String
  }))),
  safeguard_results: shape(Schema.Array(Schema.Struct({
    type: Schema.String,
    status: Schema.Struct({
      type: Schema.String,
      tool_uses: optional(Schema.Record(
        Schema.String,
        Schema.Struct({ type: Schema.String, outcome: optional(Schema.String), explanation: optional(Schema.String) })
      ))
    })
  })))
}

/** Beside the counts of a message of Anthropic. @category shapes */
export const ofMessageUsage: Shapes = {
  service_tier: text,
  output_tokens_details: shape(Schema.Struct({ thinking_tokens: optional(Schema.Finite) })),
  iterations: shape(Schema.Array(Schema.Struct({
    type: Schema.Literals(["compaction", "message", "advisor_message", "fallback_message"]),
    model: optional(Schema.String),
    input_tokens: Schema.Finite,
    output_tokens: Schema.Finite,
    cache_creation_input_tokens: optional(Schema.Finite),
    cache_read_input_tokens: optional(Schema.Finite)
  })))
}

/** Whether a call says which code of the vendor made it. @category reading */
export const isCaller = shape(Schema.Union([
  Schema.Struct({
    type: Schema.Literals(["code_execution_20250825", "code_execution_20260120"]),
    tool_id: Schema.String
  }),
  Schema.Struct({ type: Schema.Literal("direct") })
]))

const cited = { cited_text: Schema.String }
const inDocument = {
  ...cited,
  document_index: Schema.Finite,
  document_title: Schema.NullOr(Schema.String)
}
const inBlocks = { start_block_index: Schema.Finite, end_block_index: Schema.Finite }

/** Whether a text of Anthropic says so where it is from. @category reading */
export const isCitation = shape(Schema.Union([
  Schema.Struct({
    type: Schema.Literal("web_search_result_location"),
    ...cited,
    url: Schema.String,
    title: Schema.NullOr(Schema.String),
    encrypted_index: Schema.String
  }),
  Schema.Struct({
    type: Schema.Literal("page_location"),
    ...inDocument,
    start_page_number: Schema.Finite,
    end_page_number: Schema.Finite,
    file_id: optional(Schema.String)
  }),
  Schema.Struct({
    type: Schema.Literal("char_location"),
    ...inDocument,
    start_char_index: Schema.Finite,
    end_char_index: Schema.Finite,
    file_id: optional(Schema.String)
  }),
  Schema.Struct({
    type: Schema.Literal("content_block_location"),
    ...inDocument,
    ...inBlocks,
    file_id: Schema.NullOr(Schema.String)
  }),
  Schema.Struct({
    type: Schema.Literal("search_result_location"),
    ...cited,
    ...inBlocks,
    search_result_index: Schema.Finite,
    source: Schema.String,
    title: Schema.NullOr(Schema.String)
  })
]))
