/**
 * Tool calls, in every form in which servers send them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import * as Wire from "./Wire.ts"

const { done, sse } = Wire
const { callChunk } = Answers

type Calls = Wire.Read["calls"]

const london = { name: "get_weather", params: { city: "London" } }
const paris = { name: "get_weather", params: { city: "Paris" } }
const utc = { name: "get_time", params: { tz: "UTC" } }
const city = "{\"city\":\"London\"}"
const tz = "{\"tz\":\"UTC\"}"

const call = (name: string, args: unknown, more: object = {}) => ({ function: { name, arguments: args }, ...more })
const whole = (...calls: ReadonlyArray<unknown>) =>
  JSON.stringify(Answers.completion({ content: null, tool_calls: calls }, {}, "tool_calls"))
const pieces = (...chunks: ReadonlyArray<unknown>) => sse(...chunks, Answers.stopForCalls, done)

const streams: ReadonlyArray<readonly [string, string, Calls]> = [
  [
    "two calls under one index [F5]",
    pieces(
      callChunk(call("get_weather", city, { index: 0, id: "c1" })),
      callChunk(call("get_time", tz, { index: 0, id: "c2" }))
    ),
    [london, utc]
  ],
  [
    "two calls under one index and an empty id",
    pieces(
      callChunk(call("get_weather", city, { index: 0, id: "" })),
      callChunk(call("get_time", tz, { index: 0, id: "" }))
    ),
    [london, utc]
  ],
  [
    "two calls of one tool under one index and no id",
    pieces(
      callChunk(call("get_weather", city, { index: 0 })),
      callChunk(call("get_weather", "{\"city\":\"Paris\"}", { index: 0 }))
    ),
    [london, paris]
  ],
  [
    "two calls without index",
    pieces(callChunk(call("get_weather", city, { id: "c1" })), callChunk(call("get_time", tz, { id: "c2" }))),
    [london, utc]
  ],
  [
    "two calls without index and id in one piece",
    pieces(callChunk(call("get_weather", city), call("get_time", tz))),
    [london, utc]
  ],
  [
    "pieces without index",
    pieces(
      callChunk(call("get_weather", "", { id: "c1" })),
      callChunk({ function: { arguments: "{\"city\":" } }),
      callChunk({ function: { arguments: "\"London\"}" } })
    ),
    [london]
  ],
  [
    "pieces that take turns",
    pieces(
      callChunk(call("get_weather", "", { index: 0, id: "c1" }), call("get_time", "", { index: 1, id: "c2" })),
      callChunk({ index: 1, function: { arguments: "{\"tz\":" } }, { index: 0, function: { arguments: "{\"city\":" } }),
      callChunk({ index: 0, function: { arguments: "\"London\"}" } }, { index: 1, function: { arguments: "\"UTC\"}" } })
    ),
    [london, utc]
  ],
  [
    "pieces under an index that moves",
    pieces(
      callChunk(call("get_weather", "{\"city\":", { index: 0, id: "c1" })),
      callChunk({ index: 1, id: "c1", function: { arguments: "\"London\"}" } })
    ),
    [london]
  ],
  [
    "the name behind the arguments [F6]",
    pieces(
      callChunk({ index: 0, id: "c1", function: { arguments: city } }),
      callChunk({ index: 0, function: { name: "get_weather" } })
    ),
    [london]
  ],
  [
    "an empty name in later pieces",
    pieces(
      callChunk(call("get_weather", "{\"city\":", { index: 0, id: "c1" })),
      callChunk(call("", "\"London\"}", { index: 0, id: "" }))
    ),
    [london]
  ],
  [
    "the name in every piece",
    pieces(
      callChunk(call("get_weather", "{\"city\":", { index: 0, id: "c1" })),
      callChunk(call("get_weather", "\"London\"}", { index: 0, id: "c1" }))
    ),
    [london]
  ],
  [
    "a name in pieces",
    pieces(
      callChunk(call("get_", "", { index: 0, id: "c1" })),
      callChunk(call("weather", "", { index: 0 })),
      callChunk({ index: 0, function: { arguments: city } })
    ),
    [london]
  ],
  [
    "the whole call once more at its end",
    pieces(
      callChunk(call("get_weather", "{\"city\":", { index: 0, id: "c1" })),
      callChunk({ index: 0, function: { arguments: "\"London\"}" } }),
      callChunk(call("get_weather", city, { index: 0, id: "c1" }))
    ),
    [london]
  ],
  [
    "{} before the arguments",
    pieces(
      callChunk(call("get_weather", "{}", { index: 0, id: "c1" })),
      callChunk({ index: 0, function: { arguments: city } })
    ),
    [london]
  ],
  [
    "arguments as an object",
    pieces(callChunk(call("get_weather", { city: "London" }, { index: 0, id: "c1" }))),
    [london]
  ],
  [
    "an index in letters",
    pieces(
      callChunk(call("get_weather", "", { index: "0", id: "c1" })),
      callChunk({ index: "0", function: { arguments: city } })
    ),
    [london]
  ],
  [
    "an id that is a number",
    pieces(callChunk(call("get_weather", city, { index: 0, id: 7 }))),
    [london]
  ],
  [
    "a finish that is not about calls",
    sse(callChunk(call("get_weather", city, { index: 0, id: "c1" })), Answers.stop, done),
    [london]
  ],
  [
    "a call in the piece with the finish",
    sse(Answers.chunk({ tool_calls: [call("get_weather", city, { index: 0, id: "c1" })] }, "tool_calls"), done),
    [london]
  ],
  [
    "the older form of a call",
    sse(
      Answers.chunk({ function_call: { name: "get_weather", arguments: "" } }),
      Answers.chunk({ function_call: { arguments: city } }),
      Answers.chunk({}, "function_call"),
      done
    ),
    [london]
  ],
  [
    "a whole answer as the only event",
    sse(
      Answers.completion({ content: null, tool_calls: [call("get_weather", city, { id: "c1" })] }, {}, "tool_calls"),
      done
    ),
    [london]
  ],
  [
    "null where nothing is called",
    sse(Answers.chunk({ content: "Hi", tool_calls: null, function_call: null }), Answers.stop, done),
    []
  ]
]

const wholes: ReadonlyArray<readonly [string, string, Calls]> = [
  ["arguments as an object", whole(call("get_weather", { city: "London" }, { id: "c1" })), [london]],
  ["no id", whole(call("get_weather", city), call("get_time", tz)), [london, utc]],
  ["one id for two calls", whole(call("get_weather", city, { id: "c" }), call("get_time", tz, { id: "c" })), [
    london,
    utc
  ]],
  ["two calls of one tool without id", whole(call("get_weather", city), call("get_weather", "{\"city\":\"Paris\"}")), [
    london,
    paris
  ]],
  ["one index for all", whole(call("get_weather", city, { index: 0 }), call("get_time", tz, { index: 0 })), [
    london,
    utc
  ]],
  ["a call without function", whole({ id: "c1", name: "get_weather", arguments: city }), [london]],
  ["arguments in two layers of JSON", whole(call("get_weather", JSON.stringify(city))), [london]],
  ["a line break in an argument", whole(call("get_weather", "{\"city\":\"Lon\ndon\"}")), [{
    name: "get_weather",
    params: { city: "Lon\ndon" }
  }]],
  ["no arguments for a tool that needs none", whole(call("ping", "")), [{ name: "ping", params: {} }]],
  ["null for a tool that needs none", whole(call("ping", "null")), [{ name: "ping", params: {} }]],
  ["a name with its namespace", whole(call("functions.get_weather", city)), [london]],
  ["a name with white space", whole(call(" get_weather\n", city)), [london]],
  ["cut arguments [F34]", whole(call("get_weather", "{\"city\":\"B\"")), [{
    name: "get_weather",
    params: "{\"city\":\"B\""
  }]]
]

const anthropic: ReadonlyArray<readonly [string, string, string, Calls]> = [
  [
    "input in the beginning of the block [F7]",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "tool_use", id: "t1", name: "delete_rows", input: { table: "tmp" } }),
      ...Answers.end("tool_use")
    ),
    JSON.stringify(
      Answers.message([{ type: "tool_use", id: "t1", name: "delete_rows", input: { table: "tmp" } }], {
        stop_reason: "tool_use"
      })
    ),
    [{ name: "delete_rows", params: { table: "tmp" } }]
  ],
  [
    "input as a text",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "tool_use", id: "t1", name: "get_weather", input: city }),
      ...Answers.end("tool_use")
    ),
    JSON.stringify(
      Answers.message([{ type: "tool_use", id: "t1", name: "get_weather", input: city }], { stop_reason: "tool_use" })
    ),
    [london]
  ],
  [
    "no id",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "tool_use", name: "get_weather", input: {} }, Answers.input(city)),
      ...Answers.block(1, { type: "tool_use", name: "get_time", input: {} }, Answers.input(tz)),
      ...Answers.end("tool_use")
    ),
    JSON.stringify(
      Answers.message([
        { type: "tool_use", name: "get_weather", input: { city: "London" } },
        { type: "tool_use", name: "get_time", input: { tz: "UTC" } }
      ], { stop_reason: "tool_use" })
    ),
    [london, utc]
  ],
  [
    "a stop reason that is not about calls",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "tool_use", id: "t1", name: "get_weather", input: {} }, Answers.input(city)),
      ...Answers.end("end_turn")
    ),
    JSON.stringify(Answers.message([{ type: "tool_use", id: "t1", name: "get_weather", input: { city: "London" } }])),
    [london]
  ],
  [
    "a block that is not closed",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "tool_use", id: "t1", name: "get_weather", input: {} }, Answers.input(city)).slice(
        0,
        -1
      ),
      ...Answers.end("tool_use")
    ),
    JSON.stringify(Answers.message([{ id: "t1", name: "get_weather", input: { city: "London" } }], {
      stop_reason: "tool_use"
    })),
    [london]
  ]
]

const called = (calls: Calls): Table.Right => ({
  calls: calls.map(({ name, params }) => [name, params]),
  ...(calls.length === 0 ? {} : { finish: "tool-calls" })
})

Table.check("Tool calls", [
  ...streams.map(([name, body, calls]) => Table.openai(name, "stream", body, called(calls))),
  ...wholes.map(([name, body, calls]) => Table.openai(name, "whole", body, called(calls))),
  ...anthropic.flatMap(([name, streamed, body, calls]) => [
    Table.anthropic(name, "stream", streamed, called(calls)),
    Table.anthropic(name, "whole", body, called(calls))
  ])
])

const nameless: ReadonlyArray<readonly [string, "openai" | "anthropic", "whole" | "stream", string]> = [
  ["a call without a name", "openai", "whole", whole(call("", city))],
  [
    "a call without a name",
    "openai",
    "stream",
    pieces(callChunk({ index: 0, id: "c1", function: { arguments: city } }))
  ],
  [
    "a call without a name",
    "anthropic",
    "whole",
    JSON.stringify(Answers.message([{ type: "tool_use", id: "t", input: {} }]))
  ],
  [
    "an end for calls without one",
    "openai",
    "whole",
    JSON.stringify(Answers.completion({ content: "So" }, {}, "tool_calls"))
  ],
  ["an end for calls without one", "openai", "stream", pieces(Answers.chunk({ content: "So" }))],
  [
    "an end for calls without one",
    "anthropic",
    "whole",
    JSON.stringify(
      Answers.message([{ type: "text", text: "So" }], { stop_reason: "tool_use" })
    )
  ]
]

Table.check(
  "An answer without the call that it speaks of",
  nameless.map(([name, format, way, body]) => Table.of(format, name, way, body, { fails: "InvalidResponseError" }))
)

describe("The id of a call", () => {
  for (const way of [...Wire.waysOf("openai", "whole"), "batch"] as const) {
    it.live(`is one that no earlier call of the conversation has: ${way}`, () =>
      Effect.gen(function*() {
        const read = yield* Wire.ask("openai", way, whole(call("get_time", tz, { id: "call_0" })), [
          { role: "user", content: "hi" },
          {
            role: "assistant",
            content: [{
              type: "tool-call",
              id: "call_0",
              name: "get_time",
              params: { tz: "UTC" },
              providerExecuted: false
            }]
          },
          {
            role: "tool",
            content: [{
              type: "tool-result",
              id: "call_0",
              name: "get_time",
              isFailure: false,
              result: 1,
              providerExecuted: false
            }]
          }
        ])
        assert.deepStrictEqual(read.ids, ["call_0_2"])
      }).pipe(Effect.scoped))
  }
})
