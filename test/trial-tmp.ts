import { Effect, Layer } from "effect"
import { CpuPool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
const S = Layer.mergeAll(
  ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory)),
  Offline.layer,
  CpuPool.layerWorkers({ size: 1 })
)
const pick = (v: any, keys: string[]) =>
  Object.fromEntries(
    keys.filter((k) => v[k] !== undefined).map((k) => [
      k,
      typeof v[k] === "string"
        ? v[k].slice(0, 160)
        : Array.isArray(v[k])
        ? v[k].map((x: any) => typeof x === "string" ? x.slice(0, 110) : x).slice(0, 5)
        : v[k]
    ])
  )
export const rt = async (rows: any[]) =>
  Effect.runPromise(
    Effect.gen(function*() {
      for (const [agent, tool, args, keys] of rows) {
        const a: any = yield* (Catalog.entries.find((e) => e.name === agent)!.load as any)
        const eff: any = tool === "run"
          ? Effect.map(a.run(args), (r: any) => r.value)
          : a.tools.find((t: any) => t.name === tool).call(args)
        const r: any = yield* Effect.result(eff)
        const show = r._tag === "Success"
          ? JSON.stringify(keys ? pick(r.success, keys) : r.success)
          : `!${(r.failure as any)._tag}: ${String((r.failure as any).message).slice(0, 260)}`
        console.log(`${agent}.${tool} ${JSON.stringify(args).slice(0, 170)}\n   -> ${show.slice(0, 700)}`)
      }
    }).pipe(Effect.provide(S)) as any
  )
const rows = (await import(process.argv[2]!)).default
await rt(rows)
