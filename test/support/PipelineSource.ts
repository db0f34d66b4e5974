/**
 * Pipelines of any size as source code, to see what they cost the compiler.
 */
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")

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
      JSON.stringify({ extends: "../../../tsconfig.json", include: ["pipeline.ts"], compilerOptions: { plugins: [] } })
    )
    const tsc = join(root, "node_modules/.bin/tsc")
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder, "--extendedDiagnostics"])
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout)![1])
    return { instantiations: figure("Instantiations"), checkSeconds: figure("Check time") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const program = (size: number, name: string) =>
  [
    "import { Context, Effect, Schedule, Schema } from \"effect\"",
    "import { Agent, Pipeline, type RunError, Step } from \"greenlang\"",
    "class A extends Schema.TaggedError<A>()(\"A\", { n: Schema.Int }) {}",
    "class B extends Schema.TaggedError<B>()(\"B\", { n: Schema.Int }) {}",
    `class S extends Context.Service<S, { readonly n: number }>()("greenlang/test/generated/${name}/pipeline/S") {}`,
    `class T extends Context.Service<T, { readonly n: number }>()("greenlang/test/generated/${name}/pipeline/T") {}`,
    "const numbers = { version: \"1.0.0\", input: Schema.Finite, output: Schema.Finite }",
    "const Double = Agent.make(\"Double\", { ...numbers, execute: (n) => Effect.succeed(n * 2) })",
    "const P = Pipeline.make(\"P\", { ...numbers, output: Schema.Unknown }, (input) => {",
    ...Array.from({ length: size }, (_, at) => {
      const name = `s${at}`
      const after = [at > 0 ? `s${at - 1}` : "input", ...at > 5 ? [`s${at - 5}`] : []].join(", ")
      return `  const ${name} = ${stepOf(at % 6, name, after)}`
    }),
    `  return s${size - 1}`,
    "})",
    "const exact: Effect.Effect<{ readonly value: unknown }, A | B | RunError, S | T> = P.run(1)",
    "export { exact }"
  ].join("\n")

const stepOf = (kind: number, name: string, after: string) => {
  const make = (run: string) => `Step.make("${name}", [${after}], () => ${run})`
  switch (kind) {
    case 0:
      return make("Effect.fail(new A({ n: 1 }))")
    case 1:
      return make("Effect.map(S, (s) => s.n)")
    case 2:
      return `${make("Effect.flatMap(T, () => Effect.fail(new B({ n: 1 })))")}.pipe(Step.optional)`
    case 3:
      return `Step.agent("${name}", Double, [${after}], () => 1)`
    case 4:
      return `${make("Effect.fail(new B({ n: 1 }))")}.pipe(Step.retry(Schedule.recurs(2)))`
    default:
      return make("Effect.succeed({ x: 1 })")
  }
}
