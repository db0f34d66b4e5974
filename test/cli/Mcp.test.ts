import { assert, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { type IncomingMessage, request } from "node:http"
import { createServer } from "node:net"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as OwnProject from "../support/OwnProject.ts"

const config = `
import { Config, Effect, Layer, Context, Schema } from "effect"
import { Agent } from "greenlang"
import { Policy } from "greenlang/orchestrator"
import { Project } from "greenlang/project"
import { appendFileSync } from "node:fs"

const log = (line) => appendFileSync(process.env.LOG, line + "\\n")
class Meters extends Context.Service<Meters, { readonly kwh: number }>()("test/Meters") {
  static readonly layer = Layer.effect(Meters, Effect.acquireRelease(
    Effect.sync(() => { log("opened"); return { kwh: 21 } }),
    () => Effect.sync(() => log("closed"))
  ))
}
const Read = Agent.make("Read meter", {
  version: "1.0.0",
  description: "Reads the meter of a room",
  input: Schema.Struct({ room: Schema.String }),
  output: Schema.Struct({ kwh: Schema.Finite }),
  execute: ({ room }) => Effect.gen(function*() {
    console.log("on standard output, where it does not belong")
    process.stdout.write("nor does this\\n")
    const { kwh } = yield* Meters
    return room === "endless"
      ? yield* Effect.onInterrupt(Effect.andThen(Effect.sync(() => log("waits")), Effect.never), () => Effect.sync(() => log("interrupted")))
      : { kwh }
  })
})
const quiet = Policy.make("quiet rooms", ({ input }) =>
  Effect.succeed(input.room === "vault" ? Policy.deny("the vault is private") : Policy.allow))

export default Project.make({ agents: [Read], layer: Meters.layer, policies: [quiet] })
`

const project = () => {
  const own = OwnProject.make({ "greenlang.config.ts": config })
  return { own, env: { LOG: join(own.path, "log") }, log: () => readFileSync(join(own.path, "log"), "utf8") }
}

/** Finds a server that hangs. The limit of the client is a minute, which a slow machine may need to start the server. */
const patient = { timeout: 240_000 }

const connect = async (transport: StdioClientTransport | StreamableHTTPClientTransport) => {
  const client = new Client({ name: "stranger", version: "1.0.0" })
  // The type of the SDK's own transport differs from its interface under exact optional properties.
  await client.connect(transport as Parameters<typeof client.connect>[0], patient)
  return client
}

const call = (client: Client, room: string) =>
  client.callTool({ name: "Read_meter", arguments: { room } }, undefined, patient)

const send = (process: Binary.Started["process"], message: object) =>
  process.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)

/** A server that has begun a call that never ends. */
const busy = async (cwd: string, env: Record<string, string>) => {
  const { ended, process } = Binary.start(["mcp"], { cwd, env })
  const clientInfo = { name: "stranger", version: "1.0.0" }
  send(process, {
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo }
  })
  await once(process.stdout, "data")
  send(process, { method: "notifications/initialized" })
  send(process, { id: 2, method: "tools/call", params: { name: "Read_meter", arguments: { room: "endless" } } })
  const waits = () => existsSync(env["LOG"]!) && readFileSync(env["LOG"]!, "utf8").includes("waits")
  while (!waits()) await new Promise((resolve) => setTimeout(resolve, 20))
  return { ended, process }
}

describe("greenlang mcp", () => {
  it("serves the agents of the config to the official client, and standard output carries only the protocol [B144]", async () => {
    const { env, log, own } = project()
    using _ = own
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...Binary.nodeArguments, "mcp"],
      cwd: own.path,
      env: { ...env, GREENLANG_DATABASE: ":memory:" },
      stderr: "ignore"
    })
    // a line that is not of the protocol is an error of the transport
    const errors: Array<Error> = []
    const client = await connect(transport)
    Object.assign(client, { onerror: (error: Error) => errors.push(error) })
    const { tools } = await client.listTools(undefined, patient)
    assert.deepStrictEqual(tools.map(({ description, name }) => [name, description]), [
      ["Read_meter", "Reads the meter of a room"]
    ])
    assert.deepStrictEqual((await call(client, "hall")).structuredContent, { kwh: 21 })
    assert.deepStrictEqual((await call(client, "hall")).structuredContent, { kwh: 21 })
    const denied = await call(client, "vault")
    assert.isTrue(denied.isError)
    assert.include(JSON.stringify(denied.content), "the vault is private")
    const wrong = await client.callTool({ name: "Read_meter", arguments: { rooms: "hall" } })
    assert.include(JSON.stringify(wrong.content), "rooms")
    await client.close()
    assert.deepStrictEqual(errors, [])
    assert.strictEqual(log(), "opened\nclosed\n")
  })

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends with exit code 0 at ${signal}, after it has interrupted what runs and released what it held`, async () => {
      const { env, log, own } = project()
      using _ = own
      const { ended, process } = await busy(own.path, env)
      process.kill(signal)
      assert.strictEqual((await ended).code, 0)
      assert.strictEqual(log(), "opened\nwaits\ninterrupted\nclosed\n")
    })
  }

  it("ends with exit code 0 when the client closes the input or goes away", async () => {
    const { env, log, own } = project()
    using _ = own
    const closing = await busy(own.path, env)
    closing.process.stdin.end()
    assert.strictEqual((await closing.ended).code, 0)
    assert.strictEqual(log(), "opened\nwaits\ninterrupted\nclosed\n")

    const idle = Binary.start(["mcp"], { cwd: own.path, env, stdin: "" })
    assert.deepStrictEqual(await idle.ended, { code: 0, stdout: "", stderr: "" })
  })

  it("answers a line that is not a message, and goes on until the client closes the input", async () => {
    const { env, log, own } = project()
    using _ = own
    const { ended, process } = await busy(own.path, env)
    const lines: Array<string> = []
    let rest = ""
    process.stdout.on("data", (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop()!
      lines.push(...parts)
    })
    process.stdin.write("not json\n")
    while (lines.length < 1) await once(process.stdout, "data")
    send(process, { id: 3, method: "tools/call", params: { name: "Read_meter", arguments: { room: "hall" } } })
    while (lines.length < 2) await once(process.stdout, "data")
    assert.deepStrictEqual(lines.map((line) => JSON.parse(line)).map(({ error, id }) => [id, error?.code]), [
      [null, -32_700],
      [3, undefined]
    ])
    assert.notInclude(log(), "interrupted")
    process.stdin.end()
    const { code, stderr } = await ended
    assert.strictEqual(code, 0)
    assert.include(stderr, "nor does this")
    assert.strictEqual(log(), "opened\nwaits\ninterrupted\nclosed\n")
  })

  it("serves by HTTP with --http, and names the address or what is wrong with it", async () => {
    const { env, own } = project()
    using _ = own
    const taken = createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const { port } = taken.address() as { readonly port: number }
    const refused = await Binary.run(["mcp", "--http", String(port)], { cwd: own.path, env })
    assert.strictEqual(refused.code, 1)
    assert.include(JSON.parse(refused.stderr)._tag, "ServeError")
    taken.close()

    const { ended, process } = Binary.start(["mcp", "--http", String(port)], { cwd: own.path, env })
    const [line] = await once(process.stderr, "data")
    assert.include(String(line), `http://127.0.0.1:${port}/mcp`)
    const client = await connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)))
    assert.deepStrictEqual((await call(client, "hall")).structuredContent, { kwh: 21 })
    await client.close()
    const foreign = await new Promise((resolve) =>
      request({ port, path: "/mcp", method: "POST", headers: { host: "stranger.example" } }, resolve).end()
    ) as IncomingMessage
    foreign.resume()
    assert.strictEqual(foreign.statusCode, 403)
    process.kill("SIGTERM")
    assert.strictEqual((await ended).code, 0)
  })
})
