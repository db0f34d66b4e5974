/**
 * The page of the comparisons, `docs/benchmarks.md` and its charts, made from `bench/results`.
 */
import { readFile, writeFile } from "node:fs/promises"
import { cpus, totalmem, type } from "node:os"
import { join } from "node:path"
import type { Figure } from "../peers/systems.ts"
import { durableSystems } from "../peers/systems.ts"
import type { Way } from "../table/rows.ts"
import { barChart, chartNames } from "./charts.ts"
import { lossesOf, peersTable } from "./peers.ts"
import { missedTargets, strategyLosses, strategyTable } from "./strategy.ts"

const root = join(import.meta.dirname, "../..")

/** One JSON line a measured process. */
const resultsFile = (of: "peers" | "table"): string => join(root, "bench/results", `${of}.jsonl`)

/** Where and on what a comparison ran: the first line of its file. */
export interface Sitting {
  readonly at: string
  readonly machine: string
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
}

const read = async <A>(
  of: "peers" | "table"
): Promise<{ readonly sitting: Sitting; readonly lines: ReadonlyArray<A> }> => {
  const [first, ...rest] = (await readFile(resultsFile(of), "utf8")).trim().split("\n")
  return { sitting: JSON.parse(first!), lines: rest.map((line) => JSON.parse(line)) }
}

const sittingText = ({ at, machine, node, versions }: Sitting) =>
  `Measured on ${at} on ${machine}, Node ${node}`
  + (Object.keys(versions).length === 0
    ? "."
    : `, with ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}.`)

/** The page and its charts, by the path from the top of the project. */
export const pageFiles = async (): Promise<Readonly<Record<string, string>>> => {
  const table = await read<Way>("table")
  const peers = await read<Figure>("peers")
  const losses = [...lossesOf(peers.lines), ...strategyLosses(table.lines)]
  const missed = missedTargets(table.lines)
  const durable = peersTable(peers.lines, durableSystems)
  const page = [
    "# Benchmarks",
    "",
    "This page is written by two commands from what they measure: `npm run bench:table` and `npm run bench:peers`. The lines",
    "that it is made of are in `bench/results`.",
    "",
    "## Waiting at once instead of one after another",
    "",
    "The same work, three ways: one call after another, by hand with `Promise.all`, and in agents. The service and the",
    "database are real, on this machine, in processes of their own. *Ideal* is the time that the slowest call takes.",
    "",
    ...strategyTable(table.lines),
    "",
    sittingText(table.sitting),
    "",
    "SQLite answers one query at a time in its process, so that no way gains by waiting: its rows differ by the machine alone.",
    "Every row is the median of its processes; the spread of the wall time is behind it. A process does the work again and again",
    "for 3 seconds, as a service that has long run, so that connections are open and code is compiled. Then it is measured for",
    "3 seconds, or for one round where that takes longer, and its figure is the median of the rounds.",
    "",
    "## Beside the peers",
    "",
    "Each system and scenario runs in processes of its own, which take turns; a wrong answer ends the comparison. The figure is",
    "the median of the processes, then the least and the most of them, then the ratio to plain async functions in the same run.",
    "A dash stands where a system has no words for the scenario. What takes over a minute is tried once.",
    "",
    ...chartNames.flatMap((name) => [`![${name}](images/${fileOf(name)})`, ""]),
    ...peersTable(peers.lines),
    "",
    ...durable.length === 0 ? [] : [
      "A step of a run that survives its process, in runs of 20 steps, beside DBOS on the same PostgreSQL:",
      "",
      ...durable,
      ""
    ],
    sittingText(peers.sitting),
    "",
    "## What is measured",
    "",
    "- **Steps**: CPU of a graph whose steps await a promise, warm, divided by the steps. LangGraph.js runs a graph by",
    "  supersteps and Mastra by levels, each with the records that they keep of a run; Mastra has no words for a random graph.",
    "- **Stragglers**: wall time of sixteen steps in four rows, a quarter of them slow, over the longest way through them.",
    "- **Runs at once**: CPU of runs that wait for 100 ms.",
    "- **Hanging calls**: 1,000 calls of a model that never answers, ended in one instant by one signal: how long until the",
    "  last caller has its answer.",
    "- **Tool loop**: two calls of a model and one of a tool, against a server that answers at once; CPU of the caller for a",
    "  call of the model, warm, and in the first 50 of a process with all that is loaded for them.",
    "- **Start**: CPU of the first import.",
    "- **A durable step**: time of a step that does nothing, one run after another, and steps a second with 50 runs at once.",
    "",
    "Not measured: the time of a real model, which is a thousand times as long; networks; answers that are wrong.",
    "",
    "## Where we lose",
    "",
    ...(losses.length === 0 ? ["Nowhere in this run."] : losses.map((loss) => `- ${loss}`)),
    "",
    ...missed.length === 0 ? [] : ["Targets that this run misses:", "", ...missed.map((target) => `- ${target}`), ""],
    "What stands between, and where the other targets are measured. `npm run bench` prints each figure beside its target:",
    "",
    ...between.map((one) => `- ${one}`),
    "",
    "What Effect itself costs, and greenlang cannot save:",
    "",
    "- **Start**: most of an `import \"greenlang\"` is the import of Effect's own modules. The Vercel AI SDK imports no Effect.",
    "- **A step that awaits an Effect**: a fiber that waits keeps the async context of Node (an `AsyncResource`) and resumes in it.",
    "  `Step.promise` needs no fiber.",
    "- **`LanguageModel.generateText` without tools** builds the Schema of its answer anew in each call.",
    "- **`Effect.fn`** makes an error for its stack trace in each call.",
    ""
  ].join("\n")
  return {
    "docs/benchmarks.md": page,
    ...Object.fromEntries(chartNames.map((name) => [`docs/images/${fileOf(name)}`, barChart(name, peers.lines)]))
  }
}

const between = [
  "**100 agents at once** (90x): one thread writes 100 requests and reads 100 answers, and its CPU adds to the 200 ms.",
  "**Runs at once**, beside async functions: a run has a fiber, a limit, an id and a record, and a promise has none of them.",
  "**A step that awaits** (1.0x of a counting runner, `bench/AwaitingSteps.bench.ts`): steps that run side by side\n"
  + "  have contexts of their own, in which what each cites has its place, and fibers that it forks cite there too.",
  "**A run that waits** (1.6 kB, `bench/Waiting.bench.ts`): a bare sleep of Effect takes 1.66 kB itself, so the target is below what\n"
  + "  the fiber, its timer and its async context take. A run of a batch adds 0.66 kB:\n"
  + "  224 bytes are its record, 200 its limit and place in the batch, about 60 a closure, and the rest small objects and numbers.",
  "**A model call** (1.6x of `undici.request`, 0.6x of `fetch`, `bench/ToolLoop.bench.ts`): the prompt of each turn is written\n"
  + "  and its answer is read as values of `effect/ai`, which tools, limits and caches share.",
  "**`import \"greenlang\"`** (1.05x of `import \"effect\"`, `bench/Startup.bench.ts`): the types of models and their parts in\n"
  + "  `effect/ai`, which `import \"effect\"` does not load."
]

const fileOf = (name: string) => `benchmark-${name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()}.svg`

/** Writes what a comparison measured, one JSON line each behind a line of its sitting, and the page anew. */
export const writeResults = async (
  of: "peers" | "table",
  lines: ReadonlyArray<object>,
  versions: Sitting["versions"]
): Promise<void> => {
  const processors = cpus()
  const sitting: Sitting = {
    at: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} x ${processors[0]!.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}`,
    node: process.versions.node,
    versions
  }
  await writeFile(resultsFile(of), [sitting, ...lines].map((line) => JSON.stringify(line) + "\n").join(""))
  for (const [path, text] of Object.entries(await pageFiles())) await writeFile(join(root, path), text)
}
