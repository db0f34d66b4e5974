/**
 * The entry of the watchdog's thread. It writes to standard error directly, since the streams of `process` in a worker go
 * through the event loop that stands still.
 */
import { writeSync } from "node:fs"
import { type Debugger, Session } from "node:inspector"
import { workerData } from "node:worker_threads"
import { layout, type Shared } from "./Watchdog.ts"

const { memory, threshold }: Shared = workerData
const words = new Int32Array(memory, 0, 2)
const text = new Uint8Array(memory, layout.text)
const decoder = new TextDecoder()

let beat = Atomics.load(words, layout.beat)
let since = performance.now()
let reported = false

const write = (line: string) => writeSync(2, `[watchdog] ${line}\n`)

/** Connected ahead: the debugger takes long to learn of every script, and a block may be over by then. */
const session = new Session()
session.connectToMainThread()
const urls = new Map<string, string>()
session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url))
session.on("Debugger.paused", ({ params }) => {
  // Native code, such as `execFileSync`, cannot be paused: a stack after its return would be misleading.
  if (Atomics.load(words, layout.beat) === beat) {
    write(`it is at ${params.callFrames.slice(0, 8).map(describe).join(" < ")}`)
  }
  session.post("Debugger.resume")
})
session.post("Debugger.enable")

const describe = ({ functionName, location }: Debugger.CallFrame) =>
  `${functionName || "(anonymous)"} (${urls.get(location.scriptId) ?? "?"}:${location.lineNumber + 1})`

setInterval(() => {
  const now = Atomics.load(words, layout.beat)
  if (now !== beat) {
    beat = now
    since = performance.now()
    reported = false
  } else if (!reported && performance.now() - since >= threshold) {
    reported = true
    const length = Atomics.load(words, layout.length)
    const label = length === 0 ? "code outside of fibers" : decoder.decode(text.slice(0, length))
    write(`the event loop has been held for ${Math.round(performance.now() - since)} ms by ${label}`)
    session.post("Debugger.pause")
  }
}, Math.max(1, threshold / 5))
