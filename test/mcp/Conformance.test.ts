/**
 * The scenarios of `@modelcontextprotocol/conformance` for servers, against agents served over HTTP.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Console, Effect, Layer, Schema } from "effect"
import { HttpRouter } from "effect/http"
import { Agent, Pipeline, Step } from "greenlang"
import { McpAgents } from "greenlang/mcp"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"

class Failed extends Schema.TaggedError<Failed>()("Failed", {}) {
  override get message() {
    return "This tool intentionally returns an error for testing"
  }
}

const definition = { version: "1.0.0", input: Schema.Struct({}), output: Schema.String }

/** The suite calls tools by these names. */
const agents = {
  test_simple_text: Agent.make("Text", {
    ...definition,
    description: "Answers with text",
    execute: () => Effect.succeed("This is a simple text response for testing.")
  }),
  test_error_handling: Agent.make("Fails", {
    ...definition,
    description: "Fails",
    error: Failed,
    execute: () => Effect.fail(new Failed())
  }),
  test_tool_with_progress: Pipeline.make("Steps", { ...definition, description: "Has steps" }, (input) => {
    const first = Step.make("first", [input], () => Effect.succeed(1))
    const second = Step.make("second", [first], () => Effect.succeed(2))
    return Step.make("third", [second], () => Effect.succeed("done"))
  })
}

/** A port that was free a moment ago: the origins that may call must be known before the server listens. */
const port = await new Promise<number>((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const address = probe.address()
    assert(typeof address === "object" && address !== null)
    probe.close(() => resolve(address.port))
  })
})
const url = `http://127.0.0.1:${port}/mcp`

const Server = HttpRouter.serve(
  McpAgents.layerHttp({
    name: "greenlang",
    version: "1.0.0",
    path: "/mcp",
    allowedOrigins: [`http://127.0.0.1:${port}`, `http://localhost:${port}`],
    agents
  }),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1" })))

const suite = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js")

/** What the suite prints, and whether it is content. */
const run = (...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly passed: boolean; readonly text: string }>((resume) => {
    const child = execFile(
      process.execPath,
      [suite, ...args],
      (error, stdout, stderr) => resume(Effect.succeed({ passed: error === null, text: stdout + stderr }))
    )
    return Effect.sync(() => child.kill())
  })

const scenarios = [
  "server-initialize",
  "ping",
  "logging-set-level",
  "tools-list",
  "tools-call-simple-text",
  "tools-call-error",
  "tools-call-with-progress",
  "resources-list",
  "prompts-list",
  "dns-rebinding-protection"
]

const offersNoOther = "agents answer with text and structured content only"
const offersNoResources = "agents are tools; the server has no resources"
const offersNoPrompts = "agents are tools; the server has no prompts"
const asksNothing = "an agent asks through Approval, not through the client"

const doesNotApply: Readonly<Record<string, string>> = {
  "completion-complete": "agents have no arguments to complete",
  "tools-call-image": offersNoOther,
  "tools-call-audio": offersNoOther,
  "tools-call-embedded-resource": offersNoOther,
  "tools-call-mixed-content": offersNoOther,
  "tools-call-with-logging": "logs go to standard error",
  "tools-call-sampling": asksNothing,
  "tools-call-elicitation": asksNothing,
  "elicitation-sep1034-defaults": asksNothing,
  "elicitation-sep1330-enums": asksNothing,
  "json-schema-2020-12": "it looks for one schema, written by hand; schemas here follow from Effect schemas",
  "server-sse-multiple-streams": "it sends a protocol version other than the one that was negotiated, which is refused",
  "server-sse-polling": "a stream that was cut is not resumed",
  "resources-read-text": offersNoResources,
  "resources-read-binary": offersNoResources,
  "resources-templates-read": offersNoResources,
  "resources-subscribe": offersNoResources,
  "resources-unsubscribe": offersNoResources,
  "prompts-get-simple": offersNoPrompts,
  "prompts-get-with-args": offersNoPrompts,
  "prompts-get-embedded-resource": offersNoPrompts,
  "prompts-get-with-image": offersNoPrompts
}

layer(Server, { timeout: "2 minutes", excludeTestServices: true })("McpAgents over HTTP", (it) => {
  it.effect("conforms to every scenario that applies", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-conformance-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
      )
      const baseline = join(folder, "baseline.yml")
      writeFileSync(baseline, `server:\n${Object.keys(doesNotApply).map((name) => `  - ${name}\n`).join("")}`)
      const { passed, text } = yield* run("server", "--url", url, "--suite", "all", "--expected-failures", baseline)
      assert(passed, text)
      for (const name of [...scenarios, ...Object.keys(doesNotApply)]) assert.include(text, name)
      yield* Console.log(
        Object.entries(doesNotApply).map(([name, why]) => `does not apply: ${name} (${why})`).join("\n")
      )
    }))
})
