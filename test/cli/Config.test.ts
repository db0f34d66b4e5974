import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { load } from "greenlang/cli/ProjectCatalog"
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as Installed from "../support/Installed.ts"
import * as NodeFlags from "../support/NodeFlags.ts"
import * as OwnProject from "../support/OwnProject.ts"

const agents = `
import { Config, Context, Effect, Layer, Schema } from "effect"
import { Agent, LlmAgent, Tool } from "greenlang"
import { Policy } from "greenlang/orchestrator"

export class Meters extends Context.Service<Meters, { readonly read: Effect.Effect<number> }>()("test/Meters") {
  static readonly layer = Layer.effect(Meters, Effect.map(Config.Number("METER"), (kwh) => ({ read: Effect.succeed(kwh) })))
}
const half = Tool.make("half", {
  description: "Half of a number",
  input: Schema.Struct({ n: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ n }) => Effect.succeed(n / 2)
})
export const Read = Agent.make("Read", {
  version: "1.0.0",
  input: Schema.Struct({ room: Schema.String }),
  output: Schema.Struct({ kwh: Schema.Finite }),
  tools: [half],
  execute: () => Effect.flatMap(Meters, ({ read }) => Effect.map(read, (kwh) => ({ kwh })))
})
export const Twice = Agent.make("Twice", {
  version: "1.0.0",
  input: Schema.Struct({ kwh: Schema.Finite }),
  output: Schema.Struct({ total: Schema.Finite }),
  execute: ({ kwh }) => Effect.succeed({ total: kwh * 2 })
})
export const Say = LlmAgent.make("Say", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Struct({ kwh: Schema.Finite }),
  instructions: "Say it."
})
export const quiet = Policy.make("quiet rooms", ({ input }) =>
  Effect.succeed(JSON.stringify(input).includes("vault") ? Policy.deny("the vault is private") : Policy.allow))
`
const config = `
import { Project } from "greenlang/project"
import { Meters, quiet, Read, Say, Twice } from "./src/agents.ts"

export default Project.make({ agents: [Read, Twice, Say], layer: Meters.layer, policies: [quiet] })
`
const flow = `
name: Flow
version: 1.0.0
inputs:
  type: object
  properties: { room: { type: string } }
  required: [room]
steps:
  - { name: read, agent: Read, input: { room: input.room } }
  - { name: twice, agent: Twice, input: { kwh: results.read.kwh } }
output: { total: results.twice.total }
`

const project = () =>
  OwnProject.make({ "greenlang.config.ts": config, "src/agents.ts": agents, "flow.yaml": flow, ".env": "METER=21\n" })

describe("greenlang.config.ts", () => {
  it("gives the command line agents, tools, policies and pipeline files of one's own, from any folder below [B140]", async () => {
    using own = project()
    own.write("src/deep/note.txt", "")
    const cwd = join(own.path, "src/deep")
    const run = (...args: ReadonlyArray<string>) => CommandLine.runPromise(args, { cwd })
    const listed = await run("agents", "--json")
    assert.deepStrictEqual(JSON.parse(listed.stdout).map(({ name }: { readonly name: string }) => name), [
      "Read",
      "Twice",
      "Say"
    ])

    const read = await Binary.run(["run", "Read", `{"room":"hall"}`], { cwd })
    assert.deepStrictEqual([read.code, read.stderr], [0, ""])
    assert.deepStrictEqual(JSON.parse(read.stdout).value, { kwh: 21 })

    const tool = await run("tool", "Read", "half", `{"n":5}`)
    assert.strictEqual(JSON.parse(tool.stdout).value, 2.5)

    const flow = await Binary.run(["run", "../../flow.yaml", `{"room":"hall"}`], { cwd })
    assert.deepStrictEqual([flow.code, flow.stderr], [0, ""])
    assert.deepStrictEqual(JSON.parse(flow.stdout).value, { total: 42 })
    assert.include((await run("graph", "../../flow.yaml")).stdout, "twice")
    assert.include((await run("check", "../../flow.yaml")).stdout, "2 steps, no faults")

    const denied = await run("run", "Read", `{"room":"vault"}`)
    assert.strictEqual(denied.code, 1)
    assert.deepInclude(JSON.parse(denied.stderr), {
      _tag: "PolicyDenied",
      policy: "quiet rooms",
      reason: "the vault is private"
    })

    // only an agent that asks a model needs its settings
    const model = await CommandLine.runPromise(["run", "Say", `"kwh: 3"`], { cwd, env: { GREENLANG_MODEL: "none/x" } })
    assert.strictEqual(model.code, 2)
    assert.strictEqual(JSON.parse(model.stderr)._tag, "UsageError")
    assert.include(JSON.parse(model.stderr).message, `GREENLANG_MODEL "none/x" cannot be used`)
    const said = await CommandLine.runPromise(["run", "Say", `"kwh: 3"`, "--format", "text"], {
      cwd,
      env: { GREENLANG_MODEL: "openia/gpt-4o" }
    })
    assert.strictEqual(said.code, 2)
    assert.strictEqual(said.stderr.split("did you mean openai/gpt-4o?").length, 2, said.stderr)
    assert.notInclude(said.stderr, "AiError: ")
    const apart = await CommandLine.runPromise(["run", "Read", `{"room":"hall"}`], {
      cwd,
      env: { GREENLANG_MODEL: "none/x" }
    })
    assert.deepStrictEqual([apart.code, apart.stderr], [0, ""])

    const unknown = await run("run", "Reed", "{}")
    assert.strictEqual(unknown.code, 2)
    assert.include(unknown.stderr, `No agent or pipeline has the name Reed in ${own.path}/greenlang.config.ts.`)
    assert.include(unknown.stderr, "Read")
  })

  it("runs an agent as a turn of a conversation, which a later process continues", async () => {
    using own = project()
    const env = { GREENLANG_DATABASE: join(own.path, "threads.db") }
    // Node warns of a package without a type, which is nothing for a program that reads standard error
    own.write("package.json", "{}")
    const say = async (text: string) => {
      const args = ["run", "Say", JSON.stringify(text), "--conversation", "meter"]
      const { stderr, stdout } = await Binary.run(args, { cwd: own.path, env })
      assert.strictEqual(stderr, "")
      return JSON.parse(stdout).value
    }
    assert.deepStrictEqual(await say("kwh: 3"), { kwh: 3 })
    assert.deepStrictEqual(await say("What was it?"), { kwh: 3 })
  })

  it("is run by the copy of the package that the project has installed", async () => {
    await using installed = await Installed.make(["effect", "@effect", "csv-parse", "i18n-iso-countries", "yaml"])
    const file = join(installed.path, "node_modules/greenlang/package.json")
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version: "7.7.7" }))
    writeFileSync(
      join(installed.path, "greenlang.config.ts"),
      `import { Project } from "greenlang/project"\nexport default Project.make({ agents: [] })`
    )
    const { code, stdout } = await Binary.run(["agents", "--version"], { cwd: installed.path })
    assert.deepStrictEqual([code, stdout], [0, "greenlang 7.7.7\n"])
  })

  it("is named by --config, and what the environment sets goes over its .env", async () => {
    using own = project()
    own.write("other/mine.ts", config.replace("./src", "../src"))
    const args = ["run", "Read", `{"room":"hall"}`, "--config", join(own.path, "other/mine.ts")]
    const { code, stderr, stdout } = await Binary.run(args, { env: { METER: "7" } })
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.deepStrictEqual(JSON.parse(stdout).value, { kwh: 7 })

    const folder = await CommandLine.runPromise([...args.slice(0, -1), own.path])
    assert.deepStrictEqual(folder.code, 2)
    assert.include(folder.stderr, `${own.path}: it cannot be read: it is a directory`)
    const missing = await CommandLine.runPromise([...args.slice(0, -1), "nowhere.ts"])
    assert.strictEqual(missing.code, 2)
    assert.include(missing.stderr, "There is no such config file: nowhere.ts")
  })

  it("may be missing: then the climate library is there, and the message says how to bring one's own", async () => {
    using own = OwnProject.make({})
    const { code, stderr } = await CommandLine.runPromise(["run", "Reed", "{}"], { cwd: own.path })
    assert.strictEqual(code, 2)
    assert.include(stderr, "No agent or pipeline has the name Reed.")
    assert.include(stderr, "greenlang new DIR")
  })

  it("that is wrong ends the command with exit code 2, and file and field are named", async () => {
    using own = OwnProject.make({ "greenlang.config.ts": `export default { agents: [] }` })
    const { code, stderr, stdout } = await CommandLine.runPromise(["agents"], { cwd: own.path })
    assert.deepStrictEqual([code, stdout], [2, ""])
    const { _tag, field, file, problem } = JSON.parse(stderr)
    assert.deepStrictEqual([_tag, file, field], ["InvalidConfig", `${own.path}/greenlang.config.ts`, "default"])
    assert.strictEqual(problem, "the default export is not a project")
    // what needs no project does not load it
    assert.strictEqual((await CommandLine.runPromise(["--help"], { cwd: own.path })).code, 0)
  })

  it("that lacks a service without types is named where an agent needs the service", async () => {
    using own = OwnProject.make({
      "greenlang.config.mjs": `
        import { Context, Effect, Schema } from "effect"
        import { Agent } from "greenlang"
        import { Project } from "greenlang/project"
        const Stock = Context.Service("own/Stock")
        const settings = { version: "1.0.0", input: Schema.Struct({}), output: Schema.Finite }
        const Count = Agent.make("Count", { ...settings, execute: () => Effect.map(Stock, ({ count }) => count) })
        export default Project.make({ agents: [Count] })`
    })
    const { code, stderr } = await CommandLine.runPromise(["run", "Count", "{}", "--json"], { cwd: own.path })
    assert.strictEqual(code, 2)
    assert.strictEqual(JSON.parse(stderr)._tag, "InvalidConfig")
    assert.include(
      stderr,
      `${own.path}/greenlang.config.mjs: layer: it does not provide the service own/Stock, which Count needs`
    )
  })

  it("that ends the process or rejects a promise that nothing awaits ends the command with exit code 2 and its path", async () => {
    const project = `import { Project } from "greenlang/project"\nexport default Project.make({ agents: [] })\n`
    for (
      const fault of [
        "process.exit(0)",
        "process.exit(5)",
        `Promise.reject(new Error("no such host"))`,
        `queueMicrotask(() => Promise.reject(new Error("no such host")))`
      ]
    ) {
      using own = OwnProject.make({ "greenlang.config.mjs": `${project}${fault}\n` })
      const { code, stderr, stdout } = await Binary.run(["agents"], { cwd: own.path })
      assert.deepStrictEqual([code, stdout], [2, ""], `${fault}: ${stderr}`)
      assert.include(stderr, "greenlang.config.mjs", fault)
      assert.match(stderr, fault.includes("exit") ? /ended the process/ : /no such host/, fault)
    }
  })

  it.effect("that awaits what never comes is given up after a minute", () =>
    Effect.gen(function*() {
      const own = yield* Effect.acquireDisposable(
        Effect.sync(() => OwnProject.make({ "greenlang.config.mjs": "await new Promise(() => {})" }))
      )
      const loading = yield* Effect.forkChild(Effect.flip(load(join(own.path, "greenlang.config.mjs"))))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* TestClock.adjust("1 minute")
      assert.include((yield* Fiber.join(loading)).message, "it does not end within 1m")
    }).pipe(Effect.provide(NodeServices.layer)))

  it("has a typed error for each fault that it can have [B141]", () => {
    const make = (options: string) => `
      import { Effect, Layer, Schema } from "effect"
      import { Agent } from "greenlang"
      import { Project } from "greenlang/project"
      const agent = (name) => Agent.make(name, {
        version: "1.0.0", input: Schema.String, output: Schema.String, execute: Effect.succeed
      })
      export default Project.make(${options})`
    const files: Record<string, readonly [text: string, field: string | undefined, problem: string, hint: string]> = {
      "syntax.ts": ["export default (", undefined, "Expression expected", "syntax.ts:1"],
      "list.ts": [
        "const a = 1\nexport default (\n  { a: [1, 2 }\n)",
        undefined,
        "Expected ',', got '}'",
        "list.ts:3:14\n"
      ],
      "list.mjs": ["const a = 1\nconst b = { a: 1,, }", undefined, "Unexpected token ','", "list.mjs:2:18\n"],
      "inside.mjs": [`import { b } from "./list.mjs"`, undefined, "Unexpected token ','", "list.mjs:2:18\n"],
      "enum.ts": ["enum A { B }\nexport default A", undefined, "enum is not supported", "erasableSyntaxOnly"],
      "throws.ts": [`throw new RangeError("no rooms")`, undefined, "it throws RangeError: no rooms", "throws.ts:1"],
      "odd.ts": ["throw Object.create(null)", undefined, "it throws object: a value without a text", ""],
      "text.ts": [`throw "just text"`, undefined, "just text", ""],
      "empty.ts": ["export {}", "default", "the file has no default export", "export default Project.make"],
      "plain.ts": ["export default {}", "default", "the default export is not a project", "Project.make"],
      "trap.ts": [
        "export default new Proxy({}, { has: () => { throw new Error() } })",
        "default",
        "the default export is not a project",
        "Project.make"
      ],
      "revoked.ts": [
        "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); export default proxy",
        "default",
        "the default export is not a project",
        "Project.make"
      ],
      "getter.ts": [
        "export default { get default() { throw new Error() } }",
        "default",
        "the default export is not a project",
        "Project.make"
      ],
      "package.ts": [
        `import "no-such-package-here"`,
        undefined,
        "no-such-package-here",
        "npm install no-such-package-here"
      ],
      "extension.ts": [`import "./empty"`, undefined, "Cannot find module", "empty.ts"],
      "renamed.ts": [`import "./empty.js"`, undefined, "Cannot find module", "empty.ts"],
      "type.ts": [`import { Effect } from "./empty.ts"\nexport default Effect`, undefined, "Effect", "import type"],
      "double.ts": [
        make(`{ agents: [agent("A"), agent("B"), agent("A")] }`),
        "agents[2].name",
        "agents[0] is called A, too",
        "a name of its own"
      ],
      "misspelt.ts": [
        make("{ agent: [] }"),
        "agent",
        "`agent` is not a field of a project, did you mean `agents`?",
        "layer"
      ],
      "layers.ts": [make("{ agents: [], layers: 3 }"), "layers", "did you mean `layer`?", "policies"],
      "strange.ts": [make("{ agents: [], port: 3 }"), "port", "`port` is not a field of a project", "one of agents"],
      "nothing.ts": [make("{}"), "agents", "it is not a list", "a list of agents"],
      "other.ts": [make(`{ agents: [agent("A"), { name: "B" }] }`), "agents[1]", "it is not an agent", "Agent.make"],
      "layer.ts": [make(`{ agents: [], layer: {} }`), "layer", "it is not a layer", "a Layer"],
      "policy.ts": [make(`{ agents: [], policies: [1] }`), "policies[0]", "it is not a policy", "Policy.make"]
    }
    using own = OwnProject.make(Object.fromEntries(Object.entries(files).map(([name, [text]]) => [name, text])))
    const script = `
      import { NodeServices } from "@effect/platform-node"
      import { Effect } from "effect"
      import { load } from "greenlang/cli/ProjectCatalog"
      const faults = Effect.forEach(process.argv.slice(1), (file) => Effect.flip(load(file)))
      console.log(JSON.stringify(await Effect.runPromise(Effect.provide(faults, NodeServices.layer))))`
    const paths = Object.keys(files).map((name) => join(own.path, name))
    const printed = execFileSync(
      process.execPath,
      [...NodeFlags.forChild, "--input-type=module", "--eval", script, ...paths],
      { encoding: "utf8", cwd: join(import.meta.dirname, "../..") }
    )
    const faults: ReadonlyArray<Record<string, string>> = JSON.parse(printed)
    for (const [at, [name, [, field, problem, hint]]] of Object.entries(files).entries()) {
      const fault = faults[at]!
      assert.strictEqual(fault["_tag"], "InvalidConfig", name)
      assert.strictEqual(fault["file"], paths[at], name)
      assert.strictEqual(fault["field"], field, name)
      assert.include(fault["problem"], problem, name)
      assert.include(fault["hint"] ?? "", hint, name)
    }
  })
})
