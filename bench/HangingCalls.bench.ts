/**
 * 1,000 calls to a provider that never answers, beside 1,000 of plain `fetch`: how long after its timeout the connection of
 * the last one is closed, as the server sees it, and how many are left.
 *
 * The server is a process of its own, so that it notes a close when it comes, not when this process lets it.
 */
import { Effect, Layer } from "effect"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
import { fork } from "node:child_process"
import { once } from "node:events"
import { assert, test } from "vitest"
import { report } from "./ratio.ts"
import type { Seen } from "./support/silentServer.ts"

const calls = 1_000
const limit = 8_000
const rounds = 3

/** Each call is given so long from where it begins. */
type Kind = (baseUrl: string, deadline: number) => Promise<unknown>

const kinds: Readonly<Record<string, Kind>> = {
  fetch: (baseUrl, deadline) =>
    Promise.all(Array.from({ length: calls }, () =>
      fetch(`${baseUrl}/chat/completions`, {
        method: "POST",
        body: "{}",
        signal: AbortSignal.timeout(deadline - Date.now())
      }).catch(() => {}))),
  "Llm.generate": (baseUrl, deadline) =>
    Effect.forEach(
      Array.from({ length: calls }),
      () => Effect.exit(Effect.suspend(() => Effect.timeout(Llm.generate("hi"), deadline - Date.now()))),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.provide(
        Layer.provide(
          OpenAiCompatible.layer({ baseUrl, model: "any" }),
          Http.layer({ timeout: "1 minute", retries: 0 })
        )
      ),
      Effect.runPromise
    )
}

const measure = async (
  kind: Kind
): Promise<{ readonly late: number; readonly left: number }> => {
  const server = fork(new URL("./support/silentServer.ts", import.meta.url), { execArgv: [], serialization: "json" })
  try {
    const [port] = await once(server, "message")
    const deadline = Date.now() + limit
    await kind(`http://127.0.0.1:${port}/v1`, deadline)
    // What is not closed by then is left.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    server.send("report")
    const [seen]: ReadonlyArray<Seen> = await once(server, "message") as never
    assert.strictEqual(seen!.came, calls, "the machine was too busy to send all requests before the timeout")
    return { late: Math.max(...seen!.closedAt) - deadline, left: seen!.open }
  } finally {
    server.kill()
  }
}

test("1,000 hanging calls", async () => {
  for (const [name, kind] of Object.entries(kinds)) {
    const all = []
    for (let round = 0; round < rounds; round++) all.push(await measure(kind))
    const late = all.map(({ late }) => late).toSorted((a, b) => a - b)
    const left = Math.max(...all.map(({ left }) => left))
    report(
      `${calls} hanging calls by ${name}, timed out at once`,
      `the last closed after ${late.map((millis) => `${millis} ms`).join(", ")}`,
      `${late[Math.floor(rounds / 2)]} ms, ${left} left`,
      name === "fetch" ? "beside" : "<= 100 ms, 0 left"
    )
  }
}, 120_000)
