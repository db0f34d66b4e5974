/**
 * The forms in which servers send tool calls: in pieces that say which call they belong to in odd ways, twice, or growing.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai, time, weather } from "./Table.ts"
import { done, sse } from "./Wire.ts"

const { block, callChunk, completion, input, message, start, stopForCalls } = Answers
const json = (value: unknown) => JSON.stringify(value)
const london = json({ city: "London" })
const paris = json({ city: "Paris" })
const utc = json({ tz: "UTC" })
const piece = (more: object, name?: string, args?: unknown) => ({
  ...more,
  function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) }
})
/** A stream of pieces, one in each event. */
const pieces = (...list: ReadonlyArray<object>) => sse(...list.map((one) => callChunk(one)), stopForCalls, done)
const one = { calls: [weather("London")], finish: "tool-calls" } as const
const two = { calls: [weather("London"), time("UTC")] }
const both = ["whole", "batch"] as const
const whole = (tool_calls: unknown, finish = "tool_calls") =>
  json(completion({ content: null, tool_calls }, {}, finish))

Table.check("Calls in pieces", [
  openai(
    "with an id of its own for each piece",
    "stream",
    pieces(
      piece({ index: 0, id: "a1" }, "get_weather", "{\"ci"),
      piece({ index: 0, id: "a2" }, undefined, "ty\":\"Lon"),
      piece({ index: 0, id: "a3" }, undefined, "don\"}")
    ),
    one
  ),
  openai(
    "with an id and the name in each piece",
    "stream",
    pieces(
      piece({ index: 0, id: "a1" }, "get_weather", ""),
      piece({ index: 0, id: "a2" }, "get_weather", "{\"city\":"),
      piece({ index: 0, id: "a3" }, "get_weather", "\"London\"}")
    ),
    one
  ),
  openai(
    "under another index",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", ""),
      piece({ index: 1 }, undefined, "{\"city\":"),
      piece({ index: 2 }, undefined, "\"London\"}")
    ),
    one
  ),
  openai(
    "of the second under the index of the first",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", london),
      piece({ index: 1, id: "c2" }, "get_time", ""),
      piece({ index: 0 }, undefined, "{\"tz\":"),
      piece({ index: 0 }, undefined, "\"UTC\"}")
    ),
    two
  ),
  openai(
    "between each other",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 1, id: "c2" }, "get_time", "{\"tz\":"),
      piece({ index: 0 }, undefined, "\"London\"}"),
      piece({ index: 1 }, undefined, "\"UTC\"}")
    ),
    two
  ),
  openai(
    "and then whole, without an id",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 0 }, undefined, "\"London\"}"),
      piece({ index: 0 }, "get_weather", london)
    ),
    one
  ),
  openai(
    "and then whole, with other spaces and neither id nor index",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 0 }, undefined, "\"London\"}"),
      piece({}, "get_weather", "{ \"city\": \"London\" }")
    ),
    one
  ),
  openai(
    "and then whole, both in one list",
    "stream",
    sse(
      callChunk(piece({ index: 0, id: "c1" }, "get_weather", london)),
      callChunk(piece({ index: 1, id: "c2" }, "get_time", utc)),
      callChunk(piece({}, "get_weather", london), piece({}, "get_time", utc)),
      stopForCalls,
      done
    ),
    two
  ),
  openai(
    "and then whole in a message",
    "stream",
    sse(
      callChunk(piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":")),
      callChunk(piece({ index: 0 }, undefined, "\"London\"}")),
      {
        choices: [{
          index: 0,
          delta: {},
          message: { content: null, tool_calls: [piece({}, "get_weather", london)] },
          finish_reason: "tool_calls"
        }]
      },
      done
    ),
    one
  ),
  openai(
    "whose arguments grow",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"ci"),
      piece({ index: 0 }, undefined, "{\"city\":\"Lon"),
      piece({ index: 0 }, undefined, london)
    ),
    one
  ),
  openai(
    "whose arguments grow, with id and name each time",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", ""),
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":\"London"),
      piece({ index: 0, id: "c1" }, "get_weather", london)
    ),
    one
  ),
  openai(
    "that could be joined, and grow",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 0 }, undefined, london)
    ),
    one
  ),
  openai(
    "of two at one index without ids",
    "stream",
    pieces(
      piece({ index: 0 }, "get_weather", london),
      piece({ index: 0 }, "get_time", utc)
    ),
    two
  ),
  openai(
    "of two of one tool at one index without ids",
    "stream",
    pieces(
      piece({ index: 0 }, "get_weather", "{\"city\":"),
      piece({ index: 0 }, undefined, "\"London\"}"),
      piece({ index: 0 }, "get_weather", "{\"city\":"),
      piece({ index: 0 }, undefined, "\"Paris\"}")
    ),
    { calls: [weather("London"), weather("Paris")] }
  ),
  openai(
    "of two at one index, with empty beginnings",
    "stream",
    pieces(
      piece({ index: 0 }, "get_weather", ""),
      piece({ index: 0 }, undefined, london),
      piece({ index: 0 }, "get_weather", ""),
      piece({ index: 0 }, undefined, paris)
    ),
    { calls: [weather("London"), weather("Paris")] }
  ),
  openai(
    "whose last one names the tool again",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", london),
      piece({ index: 0, id: "c1" }, "get_weather", "")
    ),
    one
  ),
  openai(
    "whose name is a beginning of another name",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_", ""),
      piece({ index: 0 }, "weather", ""),
      piece({ index: 0 }, undefined, london)
    ),
    one
  ),
  openai(
    "that are nothing",
    "stream",
    sse(
      callChunk(piece({ index: 0, id: "c1" }, "get_weather", london)),
      { choices: [{ index: 0, delta: { tool_calls: [null] } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{}] } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 1, id: "", function: { name: "", arguments: "" } }] } }] },
      stopForCalls,
      done
    ),
    one
  ),
  openai(
    "as JSON in a text",
    "stream",
    sse(
      { choices: [{ index: 0, delta: { tool_calls: json([piece({ id: "c1" }, "get_weather", london)]) } }] },
      stopForCalls,
      done
    ),
    one
  ),
  openai(
    "whose arguments are objects",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", {}),
      piece({ index: 0 }, undefined, { city: "London" })
    ),
    one
  ),
  openai(
    "whose arguments are written twice over",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", json(london).slice(0, 8)),
      piece({ index: 0 }, undefined, json(london).slice(8))
    ),
    one
  ),
  openai(
    "before which an empty object stands",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{}"),
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":"),
      piece({ index: 0, id: "c1" }, "get_weather", "\"London\"}")
    ),
    one
  ),
  openai(
    "with braces in a text",
    "stream",
    pieces(
      piece({ index: 0, id: "c1" }, "get_weather", "{\"city\":\"{"),
      piece({ index: 0, id: "c2" }, undefined, "\\\"a\\\":"),
      piece({ index: 0, id: "c3" }, undefined, "1}\"}")
    ),
    { calls: [weather("{\"a\":1}")] }
  )
])

Table.check("Calls in one piece", [
  openai(
    "none but one that is nothing",
    both,
    whole([null, { id: "c1", ...piece({}, "get_weather", london) }, {}]),
    one
  ),
  openai("only ones that are nothing", both, whole([null, {}]), { text: "", calls: [] }),
  openai("as JSON in a text", both, whole(json([piece({ id: "c1" }, "get_weather", london)])), one),
  openai("one that is not a list", both, whole(piece({ id: "c1" }, "get_weather", london)), one),
  openai(
    "by numbers",
    both,
    whole({ 0: piece({ id: "c1" }, "get_weather", london), 1: piece({}, "get_time", utc) }),
    two
  ),
  openai("whose arguments are an object", both, whole([piece({ id: "c1" }, "get_weather", { city: "London" })]), one),
  openai(
    "whose arguments are written three times over",
    both,
    whole([piece({ id: "c1" }, "get_weather", json(json(london)))]),
    one
  ),
  openai(
    "whose arguments end in a comma",
    both,
    whole([piece({ id: "c1" }, "get_weather", "{\"city\":\"London\",}")]),
    one
  ),
  openai("whose function is a text", both, whole([{ id: "c1", function: "get_weather", arguments: london }]), one),
  openai(
    "whose function is JSON in a text",
    both,
    whole([{ id: "c1", function: json({ name: "get_weather", arguments: london }) }]),
    one
  ),
  openai(
    "twice under one id",
    both,
    whole([piece({ id: "c1" }, "get_weather", london), piece({ id: "c1" }, "get_weather", london)]),
    one
  ),
  anthropic(
    "without ids",
    [...both],
    json(message([
      { type: "tool_use", name: "get_weather", input: { city: "London" } },
      { type: "tool_use", name: "get_time", input: { tz: "UTC" } }
    ], { stop_reason: "tool_use" })),
    two
  ),
  anthropic(
    "twice under one id",
    [...both],
    json(message([
      { type: "tool_use", id: "t1", name: "get_weather", input: { city: "London" } },
      { type: "tool_use", id: "t1", name: "get_weather", input: { city: "London" } }
    ], { stop_reason: "tool_use" })),
    one
  ),
  anthropic(
    "whose input is JSON in a text",
    [...both],
    json(message([
      { type: "tool_use", id: "t1", name: "get_weather", input: london }
    ], { stop_reason: "tool_use" })),
    one
  )
])

const weatherBlock = { type: "tool_use", id: "t1", name: "get_weather", input: {} }

Table.check("Blocks in pieces", [
  anthropic(
    "without ids",
    "stream",
    sse(
      start(),
      ...block(0, { type: "tool_use", name: "get_weather", input: {} }, input(london)),
      ...block(1, { type: "tool_use", name: "get_time", input: {} }, input(utc)),
      ...Answers.end("tool_use")
    ),
    two
  ),
  anthropic(
    "without ids, at one index",
    "stream",
    sse(
      start(),
      ...block(0, { type: "tool_use", name: "get_weather", input: {} }, input(london)).slice(0, 2),
      ...block(0, { type: "tool_use", name: "get_time", input: {} }, input(utc)).slice(0, 2),
      ...Answers.end("tool_use")
    ),
    two
  ),
  anthropic(
    "without their ends",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, input(london)).slice(0, 2),
      ...block(1, { type: "tool_use", id: "t2", name: "get_time", input: {} }, input(utc)).slice(0, 2),
      ...Answers.end("tool_use")
    ),
    two
  ),
  Table.except(
    {},
    anthropic(
      "beside a tool of the vendor",
      "stream",
      sse(
        start(),
        ...block(0, weatherBlock, input(london)).slice(0, 2),
        ...block(1, { type: "server_tool_use", id: "s1", name: "web_search", input: {} }, input("{\"query\":\"x\"}")),
        ...Answers.end("tool_use")
      ),
      one
    )
  ),
  anthropic(
    "beside a tool of the vendor, without an index",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, input(london)),
      {
        type: "content_block_start",
        content_block: { type: "server_tool_use", id: "s1", name: "web_search", input: {} }
      },
      { type: "content_block_delta", delta: input("{\"query\":\"x\"}") },
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "with the input in the beginning, and an empty object",
    "stream",
    sse(
      start(),
      ...block(0, { ...weatherBlock, input: { city: "London" } }, input("{}")),
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "with the input in the beginning, and again",
    "stream",
    sse(
      start(),
      ...block(0, { ...weatherBlock, input: { city: "London" } }, input("{\"city\":"), input("\"London\"}")),
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "that grow",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, input("{\"ci"), input("{\"city\":\"Lon"), input(london)),
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "that are objects",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, { type: "input_json_delta", partial_json: { city: "London" } }),
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "that are written twice over",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, input(json(london).slice(0, 5)), input(json(london).slice(5))),
      ...Answers.end("tool_use")
    ),
    one
  ),
  anthropic(
    "twice under one id",
    "stream",
    sse(
      start(),
      ...block(0, weatherBlock, input(london)),
      ...block(1, weatherBlock, input(london)),
      ...Answers.end("tool_use")
    ),
    one
  )
])
