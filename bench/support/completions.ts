/**
 * What a model's server answers in a tool loop: calls of a tool until the prompt holds enough results, then a text.
 */

const completion = (message: object, finish_reason: string) =>
  JSON.stringify({
    object: "chat.completion",
    created: 1_700_000_000,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason }],
    usage: {
      prompt_tokens: 50,
      completion_tokens: 9,
      total_tokens: 59,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 }
    }
  }).slice(1)
const callOf = (id: number) =>
  completion({
    content: null,
    tool_calls: [{ id: `call_${id}`, type: "function", function: { name: "area", arguments: `{"width":2,"depth":3}` } }]
  }, "tool_calls")
const last = completion({ content: "The hall has 6 square metres." }, "stop")

let answers = 0

/** The chat completion that answers a request with this body, with an id of its own. */
export const answerTo = (body: string): string => {
  const wanted = Number(/"model":"calls-(\d+)"/.exec(body)?.[1] ?? 1)
  const results = body.split(`"role":"tool"`).length - 1
  const answer = body.includes(`"tools":`) && results < wanted ? callOf(results + 1) : last
  return `{"id":"chatcmpl-${answers++}",${answer}`
}
