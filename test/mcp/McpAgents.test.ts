import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFlags from "../support/NodeFlags.ts"

const root = join(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "greenlang-mcp-"))
const log = join(folder, "server.log")

const transport = new StdioClientTransport({
  command: process.execPath,
  args: [...NodeFlags.forChild, join(import.meta.dirname, "fixtures/server.ts")],
  cwd: root,
  env: { LOG: log },
  stderr: "ignore"
})
const client = new Client({ name: "stranger", version: "1.0.0" })

// the client gives up after a minute, and a busy machine may need longer to start the server
beforeAll(() => client.connect(transport, { timeout: 240_000 }))
afterAll(async () => {
  await client.close()
  rmSync(folder, { recursive: true })
})

/** What `call` of a tool answered, as a client reads it. */
const call = (name: string, input: Record<string, unknown>, options?: Parameters<typeof client.callTool>[2]) =>
  client.callTool({ name, arguments: input }, undefined, options)

describe("McpAgents, called by the official client", () => {
  it("lists agents and tools with their schemas and hints", async () => {
    const { tools } = await client.listTools()
    assert.deepStrictEqual(tools.map(({ name }) => name), [
      "area",
      "square",
      "bad",
      "dies",
      "waits",
      "asks",
      "marked",
      "endless"
    ])
    const [area, square] = tools
    assert.deepStrictEqual(area?.annotations, {
      title: "Area",
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false
    })
    assert.deepStrictEqual(area?.inputSchema.required?.toSorted(), ["depth", "width"])
    assert.deepStrictEqual(Object.keys(square?.inputSchema.properties ?? {}), ["input"])
    assert.deepStrictEqual(Object.keys(square?.outputSchema?.properties ?? {}), ["result"])
  })

  it("answers with text and structured content", async () => {
    const answer = await call("area", { width: 2, depth: 3 })
    assert.deepStrictEqual(answer.structuredContent, { result: 6 })
    assert.deepStrictEqual(answer.content, [{ type: "text", text: "6" }])
    assert.deepStrictEqual((await call("square", { input: 5 })).structuredContent, { result: 25 })
    assert.deepStrictEqual((await call("waits", { hall: "quick" })).structuredContent, { done: true })
  })

  it("reports every issue of an invalid input as a tool error", async () => {
    const answer = await call("area", { width: "wide", heigth: 3 })
    assert.isTrue(answer.isError)
    const text = JSON.stringify(answer.content)
    for (const field of ["width", "depth", "heigth"]) assert.include(text, field)
  })

  it("reports a typed failure, and hides a defect", async () => {
    const failure = await call("bad", {})
    assert.isTrue(failure.isError)
    assert.deepStrictEqual(failure.content, [{ type: "text", text: "broke: always" }])
    const defect = await call("dies", {})
    assert.isTrue(defect.isError)
    assert.deepStrictEqual(defect.content, [{ type: "text", text: "internal error" }])
  })

  it("sends no text that a terminal would obey, and structured content as it is", async () => {
    const answer = await call("marked", { fails: false })
    assert.deepStrictEqual(answer.content, [{ type: "text", text: `{"text":"a\\u202eb\\u009b2J"}` }])
    assert.deepStrictEqual(answer.structuredContent, { result: { text: "a\u202eb\u009b2J" } })
    const failure = await call("marked", { fails: true })
    assert.deepStrictEqual(failure.content, [{ type: "text", text: "at step `read`: 2Jno luck" }])
  })

  it("names the field of an answer that JSON cannot hold", async () => {
    const answer = await call("endless", {})
    assert.isTrue(answer.isError)
    assert.match(JSON.stringify(answer.content), /Endless computed an output.*sum: Expected JSON value/)
  })

  it("sends the steps of a pipeline as progress, and interrupts a cancelled run", async () => {
    const cancel = new AbortController()
    const messages: Array<string | undefined> = []
    const answer = call("waits", { hall: "slow" }, {
      signal: cancel.signal,
      onprogress: ({ message }) => {
        messages.push(message)
        if (message === "second started") cancel.abort()
      }
    })
    await answer.then(() => assert.fail("it never ends"), () => {})
    assert.deepStrictEqual(messages, ["first started", "first finished", "second started"])
    // The file is there before its text is.
    const noted = () => existsSync(log) ? readFileSync(log, "utf8") : ""
    while (!noted().endsWith("\n")) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.strictEqual(noted(), "interrupted\n")
  })

  it("sends the calls of tools that a model makes as progress", async () => {
    const cancel = new AbortController()
    const messages: Array<string | undefined> = []
    const answer = call("asks", { input: "How large?" }, {
      signal: cancel.signal,
      onprogress: ({ message }) => {
        messages.push(message)
        if (message === "tool hang called") cancel.abort()
      }
    })
    await answer.then(() => assert.fail("it never ends"), () => {})
    assert.deepStrictEqual(messages, ["tool area called", "tool area answered", "tool hang called"])
  })

  it("refuses an unknown tool", async () => {
    const answer = await call("nothing", {}).catch((error: unknown) => error)
    assert.include(String(answer), "nothing")
  })
})
