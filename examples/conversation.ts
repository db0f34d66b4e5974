/**
 * A conversation over two processes: the second one knows what was said in the first. Without a key the offline model answers.
 *
 *   node examples/conversation.ts
 */
import { Effect, Layer, Schema } from "effect"
import { LlmAgent, Offline } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Conversation from "greenlang/llm/Conversation"
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const Meter = LlmAgent.make("Meter", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Struct({ kilowattHours: Schema.Finite }),
  instructions: "You keep the readings of a meter."
})

/** One turn of the thread "meter", in the database `filename`. */
const turn = (filename: string, text: string) =>
  Effect.gen(function*() {
    const { value } = yield* Meter.run(text).pipe(Conversation.within("meter", { maxTokens: 10_000 }))
    const { content } = yield* Conversation.history("meter")
    console.log(`${text} -> ${value.kilowattHours} kWh, after ${content.length} messages`)
  }).pipe(
    Effect.provide(Layer.merge(Offline.layer, Layer.provide(Conversation.layer, Database.layerSqlite({ filename }))))
  )

const [filename, text] = process.argv.slice(2)
if (filename !== undefined && text !== undefined) {
  await Effect.runPromise(turn(filename, text))
} else {
  const folder = mkdtempSync(join(tmpdir(), "conversation-"))
  const run = (text: string) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), join(folder, "threads.db"), text]
    console.log(execFileSync(process.execPath, args, { encoding: "utf8" }).trim())
  }
  run("kilowatt hours: 400")
  run("What was it?")
  rmSync(folder, { recursive: true })
}
