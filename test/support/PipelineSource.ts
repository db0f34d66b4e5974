/**
 * Pipelines of any size as source code, to see what they cost the compiler.
 */
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { inject } from "vitest"

const root = join(import.meta.dirname, "../..")
/** The declarations of the build cost the compiler less to read than the source. */
const isBuilt = inject("isBuilt")

/**
 * Runs `tsc` on a pipeline of `size` steps with mixed policies. Answers with the types it made of generics, and the
 * seconds it spent checking, `effect` and `greenlang` included. Rejects when it finds an error.
 */
export const typeCheck = async (size: number) => {
  const name = `types-${size}-${process.pid}`
  const folder = join(root, "test/generated", name)
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(join(folder, "pipeline.ts"), program(size, name))
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../../tsconfig.json",
        include: ["pipeline.ts"],
        compilerOptions: { plugins: [], customConditions: isBuilt ? [] : ["@greenlang/source"] }
      })
    )
    const tsc = join(root, "node_modules/.bin/tsc")
    const { stdout } = await promisify(execFile)(process.execPath, [
      tsc,
      "-p",
      folder,
      "--singleThreaded",
      "--extendedDiagnostics"
    ])
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout)![1])
    return { instantiations: figure("Instantiations"), checkSeconds: figure("Check time") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const program = (size: number, name: string) =>
  [
    "import { Context, Effect, Schedule, Schema } from \"effect\"",
    "import { Agent, type Approval, type NotApproved, Pipeline, Pool, type RunError, Step, type StepCache } from \"greenlang\"",
    "class A extends Schema.TaggedError<A>()(\"A\", { n: Schema.Int }) {}",
    "class B extends Schema.TaggedError<B>()(\"B\", { n: Schema.Int }) {}",
    `class S extends Context.Service<S, { readonly n: number }>()("greenlang/test/generated/${name}/pipeline/S") {}`,
    `class T extends Context.Service<T, { readonly n: number }>()("greenlang/test/generated/${name}/pipeline/T") {}`,
    "const numbers = { version: \"1.0.0\", input: Schema.Finite, output: Schema.Finite }",
    "const Double = Agent.make(\"Double\", { ...numbers, execute: (n) => Effect.succeed(n * 2) })",
    "const Twice = Pipeline.make(\"Twice\", numbers, (n) => Step.agent(\"twice\", Double, [n], (n) => n))",
    "const pool = Pool.make(\"pool\", 3)",
    "type Meter = { readonly _tag: \"Smart\"; readonly kWh: number } | { readonly _tag: \"Dumb\" }",
    "const P = Pipeline.make(\"P\", { ...numbers, output: Schema.Unknown }, (input) => {",
    ...Array.from({ length: size }, (_, at) => {
      const name = `s${at}`
      const after = [at > 0 ? `s${at - 1}` : "input", ...at > 5 ? [`s${at - 5}`] : []].join(", ")
      return `  const ${name} = ${kinds[at % kinds.length]!(name, after)}`
    }),
    `  return s${size - 1}`,
    "})",
    "type E = A | B | NotApproved | Step.IterationLimit | RunError",
    "const exact: Effect.Effect<{ readonly value: unknown }, E, S | T | Approval | StepCache> = P.run(1)",
    "export { exact }"
  ].join("\n")

const make = (name: string, after: string, run: string) => `Step.make("${name}", [${after}], () => ${run})`
const failsA = "Effect.fail(new A({ n: 1 }))"
const failsB = "Effect.fail(new B({ n: 1 }))"
const one = "Effect.succeed(1)"

/** Every combinator, by turns. */
const kinds: ReadonlyArray<(name: string, after: string) => string> = [
  (name, after) => make(name, after, failsA),
  (name, after) => make(name, after, "Effect.map(S, (s) => s.n)"),
  (name, after) => `${make(name, after, `Effect.flatMap(T, () => ${failsB})`)}.pipe(Step.optional)`,
  (name, after) => `Step.agent("${name}", Double, [${after}], () => 1)`,
  (name, after) => `${make(name, after, failsB)}.pipe(Step.retry(Schedule.recurs(2)))`,
  (name, after) => `${make(name, after, failsB)}.pipe(Step.result)`,
  (name, after) => `${make(name, after, failsA)}.pipe(Step.orElse(() => Effect.map(T, (t) => t.n)))`,
  (name, after) => `${make(name, after, failsA)}.pipe(Step.timeout("1 second"), Step.inPool(pool))`,
  (name, after) => {
    const asked = make(`${name} asked`, after, "Effect.succeed(true)")
    return `${make(name, after, failsB)}.pipe(Step.when(${asked}), Step.expectedDuration("1 second"))`
  },
  (name, after) => {
    const maybe = `${make(`${name} maybe`, after, failsA)}.pipe(Step.optional)`
    return `Step.ifPresent("${name}", [${maybe}, ${after}], () => ${failsB})`
  },
  (name, after) => {
    const items = make(`${name} items`, after, "Effect.succeed([1, 2])")
    return `Step.forEach("${name}", ${items}, (n) => n > 1 ? ${one} : ${failsA}, { concurrency: 2 })`
  },
  (name, after) => {
    const on = make(`${name} on`, after, "Effect.succeed<Meter>({ _tag: \"Dumb\" })")
    return `Step.match("${name}", ${on}, { Smart: ({ kWh }) => Effect.succeed(kWh), Dumb: () => ${failsA} })`
  },
  (name, after) =>
    `Step.iterate("${name}", ${make(`${name} from`, after, one)}, `
    + `{ while: (n) => n > 0, max: 3, body: (n) => n > 1 ? Effect.succeed(n - 1) : ${failsB} })`,
  (name, after) => `Step.race("${name}", [${make(`${name} a`, after, failsA)}, ${make(`${name} b`, after, one)}])`,
  (name, after) => `Step.agent("${name}", Pipeline.drain(Twice), [${after}], () => 1)`,
  (name, after) => `Step.approval("${name}", [${after}], () => "yes?")`,
  (name, after) => {
    const kept = `Step.make("${name} kept", [input], () => ${one}, { output: Schema.Finite })`
    return make(name, `${kept}.pipe(Step.cached({ timeToLive: "1 hour" })), ${after}`, one)
  },
  (name, after) => make(name, after, "Effect.succeed({ x: 1 })")
]
