/**
 * More bytes than anybody needs, at every door. Each is refused with a typed error that names the bound, or only a part of it is
 * kept; nothing is read to its end because it is there.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, type Scope, Stream } from "effect"
import { HttpClient, type HttpClientResponse } from "effect/http"
import { Agent, Llm, Manifest, Pipeline, PipelineSpec, Run, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import { History, Orchestrator } from "greenlang/orchestrator"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Cassette, HttpCassette } from "greenlang/testing"
import { truncateSync, writeFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import * as Zlib from "node:zlib"
import * as Answers from "../llm/wire/Answers.ts"
import * as Wire from "../llm/wire/Wire.ts"
import * as BareServer from "../support/BareServer.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as Unreadable from "../support/Unreadable.ts"
import { Reads } from "./modules/reads.ts"

const mebibyte = 1_048_576

const file = (extension: string, content: string, size?: number) =>
  Effect.map(Unreadable.make(extension), ({ folder }) => {
    const path = join(folder, `large${extension}`)
    writeFileSync(path, content)
    // a file of holes takes no place on the disk
    if (size !== undefined) truncateSync(path, size)
    return path
  })

const catalog = Catalog.make([Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty)])
const command = (args: ReadonlyArray<string>, stdin = "") =>
  Effect.map(CommandLine.run(args, { catalog, stdin }), ({ code, stderr }) => {
    assert.isAtLeast(code, 1)
    assert.isBelow(stderr.length, 100_000)
    return stderr
  })

const head = { "content-type": "application/json" }
const limited = Http.layer({ maxBodyBytes: mebibyte, retries: 0 })

/** How many bytes a server could send before its client hung up. */
const sent: Array<ReturnType<typeof BareServer.flood>> = []
const flooding = (headers: Record<string, string>) => (response: ServerResponse) =>
  void sent.push(BareServer.flood(response, 256 * mebibyte, headers))

const text = ({ text }: HttpClientResponse.HttpClientResponse) => text
const drain = ({ stream }: HttpClientResponse.HttpClientResponse) => Stream.runDrain(stream)

const get = (
  answer: Parameters<typeof BareServer.start>[0],
  read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, unknown>,
  client = limited
) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(answer)
    return yield* Effect.flip(Effect.flatMap(HttpClient.get(origin), read))
  }).pipe(Effect.provide(client))

/** What a socket sends that speaks no HTTP, whose end the client may have to wait for. */
const raw = (...pieces: ReadonlyArray<string>) =>
  get(
    (response) => {
      for (const piece of pieces) response.socket?.write(piece)
    },
    text,
    Http.layer({ maxBodyBytes: mebibyte, retries: 0, timeout: "500 millis" })
  )

const head200 = "HTTP/1.1 200 OK\r\n"
const chunked = `${head200}transfer-encoding: chunked\r\n\r\n`
const manyHeaders = Array.from({ length: 2_000 }, (_, at) => `x-${at}: ${"a".repeat(1_000)}\r\n`)

/** An answer of a model that a client cuts. */
const asked = (
  format: Wire.Format,
  way: "whole" | "stream" | "bridge" | "bridge stream",
  answer: (response: ServerResponse) => void
) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(answer)
    const layer = way.startsWith("bridge")
      ? Wire.bridgeAt(format, origin, limited)
      : Wire.modelAt(format, origin, limited)
    const ask = way.endsWith("stream") ? Stream.runDrain(Llm.stream("hi")) : Llm.generate("hi")
    return yield* Effect.flip(Effect.provide(ask as Effect.Effect<unknown, unknown>, layer))
  })

const bomb = Zlib.gzipSync(Buffer.alloc(64 * mebibyte))

const memory = Layer.fresh(Database.layerMemory)
const runs = <In, Out>(agent: Agent.Agent<In, Out, never, never>) =>
  Layer.provideMerge(Orchestrator.layer({ agents: [agent] }), Layer.provide(History.layer(), memory))

const Large = Agent.make("Large", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (n) =>
    Effect.as(
      Effect.andThen(
        Run.annotate("large", "a".repeat(n)),
        Effect.forEach(Array.from({ length: 1_000 }), () => Run.emitToken("t".repeat(100)), { discard: true })
      ),
      n
    )
})
const LargeValue = Pipeline.make(
  "LargeValue",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Any },
  (n) =>
    Step.make(
      "large",
      [n],
      (n) => Effect.sync(() => Array.from({ length: n }, (_, at) => ({ at, text: "x".repeat(100) }))),
      {
        output: Schema.Any
      }
    )
)

type Member = readonly [ends: RegExp, run: Effect.Effect<unknown, unknown, Scope.Scope>]

const tooLarge = /BodyTooLarge|larger than|longer than|too large|limit|at most|exceed/i

const members: Readonly<Record<string, Member>> = {
  "a body that states its length": [tooLarge, get(flooding({ "content-length": `${256 * mebibyte}` }), text)],
  "a body without a length": [tooLarge, get(flooding({}), text)],
  "a body that is read as a stream": [tooLarge, get(flooding({}), drain)],
  "a compressed body": [tooLarge, get(BareServer.text(bomb, 200, { "content-encoding": "gzip" }), text)],
  "a body that is compressed twice": [
    tooLarge,
    get(BareServer.text(Zlib.gzipSync(bomb), 200, { "content-encoding": "gzip, gzip" }), text)
  ],
  "a length that is not true": [
    /HttpClientError|too large|limit/,
    get(BareServer.text("x", 200, { "content-length": "9007199254740993" }), text)
  ],
  "a chunk of 2^53 bytes": [/HttpClientError/, raw(`${chunked}20000000000000\r\nx`)],
  "a chunk whose length has 10,000 digits": [/HttpClientError/, raw(`${chunked}${"f".repeat(10_000)}\r\nx`)],
  "an extension of a chunk without an end": [/HttpClientError/, raw(`${chunked}1;${"a".repeat(mebibyte)}`)],
  "headers without an end": [/HttpClientError/, raw(head200, ...manyHeaders)],
  "a status line without an end": [/HttpClientError/, raw(`HTTP/1.1 200 ${"a".repeat(mebibyte)}`)],
  "trailers without an end": [/HttpClientError/, raw(`${chunked}1\r\nx\r\n0\r\n`, ...manyHeaders)],
  ...Object.fromEntries(Wire.formats.flatMap((format): ReadonlyArray<readonly [string, Member]> => [
    [`an answer of ${format}`, [tooLarge, asked(format, "whole", flooding(head))]],
    [`a refusal of ${format}`, [
      /AiError/,
      asked(format, "whole", (response) => {
        const many = BareServer.flood
        const write = response.writeHead.bind(response)
        response.writeHead = (() => write(400, head)) as never
        sent.push(many(response, 256 * mebibyte))
      })
    ]],
    [`a stream of ${format}`, [tooLarge, asked(format, "stream", flooding({ "content-type": "text/event-stream" }))]],
    [`an answer of the bridge to ${format}`, [tooLarge, asked(format, "bridge", flooding(head))]],
    [`a stream of the bridge to ${format}`, [
      tooLarge,
      asked(format, "bridge stream", flooding({ "content-type": "text/event-stream" }))
    ]]
  ])),
  "one event of a stream": [
    /AiError/,
    Effect.gen(function*() {
      const { url } = yield* Wire.serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write(`data: ${JSON.stringify(Answers.chunk({ content: "a" }))}\n\ndata: `)
        for (let at = 0; at < 24; at++) response.write("a".repeat(mebibyte))
        response.end("\n\n")
      })
      return yield* Effect.flip(Effect.provide(Stream.runDrain(Llm.stream("hi")), Wire.modelAt("openai", url)))
    })
  ],
  "standard input of the command line": [tooLarge, command(["run", "Reads", "-"], " ".repeat(80 * mebibyte))],
  "an input file of the command line": [
    tooLarge,
    Effect.flatMap(file(".json", "{", 4096 * mebibyte), (path) => command(["run", "Reads", "--input", path]))
  ],
  "a pipeline file that the command line checks": [
    tooLarge,
    Effect.flatMap(file(".yaml", "name: A", 4096 * mebibyte), (path) => command(["check", path]))
  ],
  "a pipeline file": [
    tooLarge,
    Effect.flatMap(
      file(".yaml", "name: A", 4096 * mebibyte),
      (path) => Effect.flip(PipelineSpec.load(path, { agents: [Reads] }))
    )
  ],
  "the text of a pipeline": [
    tooLarge,
    Effect.flip(PipelineSpec.fromYaml(`name: A\n# ${"a".repeat(mebibyte)}`, { agents: [Reads] }))
  ],
  "a manifest": [
    tooLarge,
    Effect.flatMap(file(".yaml", "name: A", 4096 * mebibyte), (path) => Effect.flip(Manifest.load(path)))
  ],
  "a cassette": [
    tooLarge,
    Effect.flatMap(
      file(".json", "{", 4096 * mebibyte),
      (path) => Effect.flip(Layer.build(Cassette.layerReplay({ path })))
    )
  ],
  "a cassette of HTTP": [
    tooLarge,
    Effect.flatMap(
      file(".json", "{", 4096 * mebibyte),
      (path) => Effect.flip(Layer.build(HttpCassette.layerReplay({ path })))
    )
  ],
  "a row of bills": [
    /footprint|cannot be read|record|size/i,
    Effect.flatMap(
      file(".csv", `fuel_type,amount,unit\n"${"a".repeat(2 * mebibyte)}`),
      (path) => command(["footprint", path])
    )
  ],
  "a list of issues": [
    /^InvalidInput [^]{0,60000}$/,
    Effect.flip(
      Agent.make("Lists", {
        version: "1.0.0",
        input: Schema.Array(Schema.Finite),
        output: Schema.Finite,
        execute: () => Effect.succeed(1)
      }).run(Array.from({ length: 100_000 }, () => "x") as never)
    )
  ],
  "the page of a large answer": [
    /This is a part of the value/,
    Effect.gen(function*() {
      let page = ""
      yield* LargeValue.run(30_000).pipe(HtmlReport.record(LargeValue, (text) => Effect.sync(() => page = text)))
      assert.isBelow(page.length, 3 * mebibyte)
      return page
    })
  ],
  "an annotation in the history": [
    /^\d+$/,
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* run("Large", 40 * mebibyte)
      const [entry] = yield* (yield* History).list()
      return `${JSON.stringify(entry).length}`
    }).pipe(Effect.provide(runs(Large)))
  ]
}

const shownOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null) return String(value)
  const { _tag, cause, message, reason } = value as Record<"_tag" | "message" | "cause" | "reason", unknown>
  return [_tag, message, reason, cause].map((part) => part === undefined ? "" : shownOf(part)).join(" ")
}

describe("bytes without an end", () => {
  for (const [door, [ends, member]] of Object.entries(members)) {
    it.live(`end at a bound: ${door}`, () =>
      Effect.gen(function*() {
        sent.length = 0
        const shown = shownOf(yield* member)
        assert.match(shown.slice(0, 4 * mebibyte), ends)
        // What lies in the buffers of both sockets comes on top of the limit.
        for (const { bytes } of sent) assert.isBelow(bytes, 32 * mebibyte)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
  }
})
