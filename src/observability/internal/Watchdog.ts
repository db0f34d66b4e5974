/**
 * A thread that notices and reports when the event loop of this thread stands still.
 */
import { extname } from "node:path"
import { Worker } from "node:worker_threads"

/** Shared with the watching thread: a counter that this event loop raises, and a label with its length in front. */
export interface Shared {
  readonly threshold: number
  readonly memory: SharedArrayBuffer
}

/** Where the parts of the shared memory begin: `beat` and `length` count words of 4 bytes, `text` counts bytes. */
export const layout = { beat: 0, length: 1, text: 8, size: 264 } as const

/** The thread, and the beat that it watches. */
export class Watchdog {
  private readonly worker: Worker
  private readonly words: Int32Array
  private readonly text: Uint8Array
  private readonly heart: NodeJS.Timeout
  private readonly encoder = new TextEncoder()
  private labelled: string | undefined

  /** `threshold` in milliseconds. */
  constructor(threshold: number) {
    const memory = new SharedArrayBuffer(layout.size)
    this.words = new Int32Array(memory, 0, 2)
    this.text = new Uint8Array(memory, layout.text)
    const entry = new URL(`./watchdogThread${extname(import.meta.url)}`, import.meta.url)
    this.worker = new Worker(entry, { workerData: { threshold, memory } satisfies Shared })
    this.worker.unref()
    this.heart = setInterval(() => Atomics.add(this.words, layout.beat, 1), Math.max(1, threshold / 5)).unref()
  }

  /** Names what runs now. `undefined`: nothing. */
  label(label: string | undefined): void {
    if (label === this.labelled) return
    this.labelled = label
    const written = label === undefined ? 0 : this.encoder.encodeInto(label, this.text).written
    Atomics.store(this.words, layout.length, written)
  }

  async stop(): Promise<void> {
    clearInterval(this.heart)
    await this.worker.terminate()
  }
}
