/**
 * Blocking agents in programs of their own: what an import of the library, a process and its end make of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { type BlockingMisuse, BlockingTimeout, BlockingWorkerDied, SyncAgent } from "greenlang"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"
import * as NodeFlags from "../support/NodeFlags.ts"
import { thrown } from "../support/Thrown.ts"
import type * as agents from "./fixtures/agents.ts"
import type * as nested from "./fixtures/nested.ts"

const root = join(import.meta.dirname, "../..")
const execute = promisify(execFile)

/** Runs a program as a user would, and answers with what it prints. */
const run = (...args: ReadonlyArray<string>) =>
  execute(process.execPath, [...NodeFlags.forChild, ...args], { cwd: root, timeout: 240_000 })

/** As `run`, a module that has `SyncAgent`, `module` and `notes`, a file, at hand. Answers with the notes too. */
const script = async (code: string) => {
  const folder = mkdtempSync(join(tmpdir(), "greenlang-"))
  const notes = join(folder, "notes")
  const head = `import { SyncAgent } from "greenlang"
    import { readFileSync } from "node:fs"
    import { createServer, get } from "node:http"
    const notes = ${JSON.stringify(notes)}
    const module = ${JSON.stringify(new URL("./fixtures/agents.ts", import.meta.url).href)}
    const options = { export: "counts", env: { NOTES: notes } }\n`
  try {
    const { stderr, stdout } = await run("--input-type=module", "--eval", head + code)
    return { stderr, stdout, notes: readFileSync(notes, { encoding: "utf8", flag: "a+" }).trim().split("\n") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("SyncAgent in a process", () => {
  it("releases what the worker holds when the process ends without a close, and does not hold the process", async () => {
    const { notes, stderr, stdout } = await script(`
      const counts = SyncAgent.fromModule(module, options)
      console.log(counts.execute(1).value.runs, process.listenerCount("exit"))
    `)
    assert.strictEqual(stderr, "")
    assert.strictEqual(stdout, "1 1\n")
    assert.deepStrictEqual(notes, ["db opened", "db closed"])
  })

  it("releases it when the process is ended by process.exit", async () => {
    const { notes } = await script(`
      const counts = SyncAgent.fromModule(module, options)
      counts.execute(1)
      process.exit(0)
    `)
    assert.deepStrictEqual(notes, ["db opened", "db closed"])
  })

  it("leaves no listener, port, thread or timer after close [B134]", async () => {
    const { stdout } = await script(`
      // Node opens these when they are first used.
      process.stdout.write("")
      process.stderr.write("")
      const before = process.getActiveResourcesInfo()
      SyncAgent.fromModule(module, options).use((counts) => counts.execute(1))
      const left = () => JSON.stringify(process.getActiveResourcesInfo()) !== JSON.stringify(before)
      while (left()) await new Promise((resolve) => setTimeout(resolve, 5))
      console.log(process.listenerCount("exit"))
    `)
    assert.strictEqual(stdout, "0\n")
  })

  it("writes what the worker prints in the order and at the time that it is printed", async () => {
    const { stderr, stdout } = await script(`
      const prints = SyncAgent.fromModule(module, { export: "prints" })
      console.log("before")
      prints.execute(2)
      console.log("after")
    `)
    assert.match(stdout, /^before\nline 1\nline 2\n.*logged by Effect\nafter\n$/)
    assert.strictEqual(stderr, "done\n")
  })

  it("warns once of a server whose connections wait [B88][B131]", async () => {
    const serve = (options: string) => `
      const double = SyncAgent.fromModule(module, { export: "double", ${options} })
      double.execute(1)
      await new Promise((resolve) => setTimeout(resolve, 150))
      const server = createServer((request, response) => {
        try {
          for (let call = 0; call < 2; call++) response.write(String(double.execute(21).value))
          response.end()
        } catch (error) {
          response.end(error.reason)
        }
      })
      server.listen(0, "127.0.0.1", () => get({ port: server.address().port, agent: false }, (response) => {
        response.on("data", (text) => process.stdout.write(text))
        response.on("end", () => server.close())
      }))`
    const warned = await script(serve(""))
    assert.strictEqual(warned.stdout, "4242")
    assert.strictEqual(warned.stderr.match(/\[AGENTS_BLOCKING_IN_SERVER\]/g)?.length, 1)
    assert.include(warned.stderr, "PromiseAgent.open")
    // a process that warns nothing has room for both
    const both = [`onBlockingInLoop: "error"`, `onBlockingInLoop: "allow"`].map((options) =>
      `await (async () => {
      ${serve(options)}
      await new Promise((resolve) => server.once("close", resolve))
    })()`
    )
    const { stderr, stdout } = await script(both.join("\n"))
    assert.deepStrictEqual([stdout, stderr], ["event-loop4242", ""])
  })

  it("announces that it is to be replaced, if asked to, once [B96]", async () => {
    const { stderr } = await script(`
      const double = SyncAgent.fromModule(module, { export: "double", warnOnUse: true })
      double.execute(1)
      double.execute(1)
    `)
    assert.strictEqual(stderr.match(/\[AGENTS_SYNC_USE\]/g)?.length, 1)
  })

  it("gives every thread a worker of its own [B98]", async () => {
    const { stdout } = await script(`
      import { Worker } from "node:worker_threads"
      const code = \`import("greenlang").then(({ SyncAgent }) => {
        const counts = SyncAgent.fromModule(\${JSON.stringify(module)}, { export: "counts" })
        const runs = [1, 2].map(() => counts.execute(1).value.runs)
        import("node:worker_threads").then(({ parentPort }) => parentPort.postMessage(runs))
      })\`
      const workers = [1, 2].map(() => new Worker(code, { eval: true }))
      const answers = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on("message", resolve))))
      console.log(JSON.stringify(answers))
    `)
    assert.strictEqual(stdout, "[[1,2],[1,2]]\n")
  })

  it("is required by CommonJS", async () => {
    const { stderr, stdout } = await run("test/boundary/fixtures/caller.cjs")
    assert.strictEqual(stdout, "42\n")
    assert.strictEqual(stderr, "")
  })
})

describe("SyncAgent inside another's worker", () => {
  const module = new URL("./fixtures/nested.ts", import.meta.url)

  it("refuses to hold up the runs of that worker, unless it is allowed", () => {
    using nests = SyncAgent.fromModule<typeof nested.nests>(module, { export: "nests" })
    // An error that ends a run is a defect there, and comes as what it was by name.
    const refused = thrown(() => nests.execute(1)) as BlockingMisuse
    assert.strictEqual(refused._tag, "BlockingMisuse")
    assert.strictEqual(refused.reason, "nested")
    assert.include(refused.message, "allowNested")
    using knowingly = SyncAgent.fromModule<typeof nested.nests>(module, { export: "nestsKnowingly" })
    assert.strictEqual(knowingly.execute(21).value, 42)
  })

  it("refuses to call itself, with the path of the modules", () => {
    using recurses = SyncAgent.fromModule<typeof nested.nests>(module, { export: "recurses" })
    const refused = thrown(() => recurses.execute(1)) as BlockingMisuse
    assert.strictEqual(refused.reason, "recursive")
    assert.deepStrictEqual(refused.path, [module.href, module.href])
  })
})

describe("SyncAgent.fromWorker", () => {
  const start = () => new Worker(new URL("./fixtures/agents.worker.ts", import.meta.url), execArgv)
  const execArgv = { execArgv: ["--conditions=@greenlang/source"] }

  it("runs the agents of a worker file of the user's own", () => {
    using counts = SyncAgent.fromWorker<typeof agents.counts>(start, { export: "counts" })
    assert.strictEqual(counts.execute(1).value.runs, 1)
    assert.strictEqual(counts.execute(1).value.runs, 2)
    using treble = SyncAgent.fromWorker<typeof agents.double>(start, { export: "treble" })
    assert.match(String(thrown(() => treble.execute(1))), /exports counts, double, exits, spins/)
  })

  it("disconnects without ending the worker, which serves the next [B99]", async () => {
    const worker = start()
    for (let times = 1; times <= 2; times++) {
      SyncAgent.fromWorker<typeof agents.counts>(() => worker, { export: "counts" }).use((counts) => {
        assert.strictEqual(counts.execute(1).value.runs, times)
      })
    }
    worker.ref()
    worker.postMessage("are you there")
    assert.deepStrictEqual(await once(worker, "message"), ["yes"])
    worker.postMessage("go")
    assert.deepStrictEqual(await once(worker, "exit"), [0])
  })

  it("starts another in place of one that died or was stuck", () => {
    let starts = 0
    const counted = () => {
      starts++
      return start()
    }
    using exits = SyncAgent.fromWorker<typeof agents.exits>(counted, { export: "exits" })
    assert.instanceOf(thrown(() => exits.execute(4)), BlockingWorkerDied)
    exits.initialize()
    assert.strictEqual(starts, 2)
    using spins = SyncAgent.fromWorker<typeof agents.spins>(counted, { export: "spins", grace: 20 })
    assert.instanceOf(thrown(() => spins.execute(600_000, { timeout: 20 })), BlockingTimeout)
    assert.strictEqual(spins.execute(1).value, 1)
    assert.strictEqual(starts, 4)
  })

  it("refuses to serve on a main thread", async () => {
    const code = `import { SyncAgentWorker } from "greenlang"; SyncAgentWorker.serve({})`
    const { stderr } = await run("--input-type=module", "--eval", code).catch((error: { stderr: string }) => error)
    assert.include(stderr, "works only in a worker thread")
  })
})
