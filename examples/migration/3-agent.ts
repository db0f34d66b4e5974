/**
 * The second step is the agent itself, rewritten: ten calls wait on one thread, and take little longer than one of them.
 */
import { Effect } from "effect"
import { Agent, AgentRuntime } from "greenlang"
import * as Legacy from "./LegacySiteEmissions.ts"
import { sites } from "./OldCaller.ts"
import { Rating } from "./Rating.ts"
import { layer, SiteEmissions } from "./SiteEmissions.ts"
import * as World from "./World.ts"

const ten = Array.from({ length: 10 }, () => ({ site: "Hall" }))

const program = Effect.gen(function*() {
  const emissions = yield* AgentRuntime.make(SiteEmissions, layer)
  const line = Effect.fnUntraced(function*(site: string) {
    const { value } = yield* emissions.run({ site })
    const { value: { grade } } = yield* Rating.run(value)
    return `${site}: ${value.kilograms.toFixed(0)} kg CO2, grade ${grade}`
  })
  const lines = yield* Effect.forEach(
    sites,
    (site) => Effect.catchTag(line(site), "UnknownSite", ({ message }) => Effect.succeed(message)),
    { concurrency: "unbounded" }
  )
  console.log(lines.join("\n"))

  const legacy = new Legacy.SiteEmissions()
  legacy.execute({ site: "Hall" })
  let began = performance.now()
  for (const input of ten) legacy.execute(input)
  const before = performance.now() - began
  legacy.cleanup()

  began = performance.now()
  yield* Agent.batch(emissions, ten, { concurrency: 10 })
  const after = performance.now() - began
  console.log(`Ten calls: ${before.toFixed(0)} ms before, ${after.toFixed(0)} ms now, ${(before / after).toFixed(1)}x.`)
})

await using _world = await World.open()
await Effect.runPromise(Effect.scoped(program))
