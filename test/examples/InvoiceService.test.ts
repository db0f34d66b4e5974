/**
 * The page of the example `http-events.ts` in a browser: it shows the events, and a click answers the question of the run.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { createServer } from "node:http"
import * as InvoiceService from "../../examples/support/InvoiceService.ts"
import * as Chromium from "../support/Chromium.ts"

const Service = Layer.provideMerge(
  InvoiceService.layer,
  NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })
)

const click = (button: string) =>
  Effect.gen(function*() {
    const { address } = yield* HttpServer.HttpServer
    if (address._tag === "UnixPathAddress") return yield* Effect.die(new Error("The service listens on no port"))
    const url = `http://127.0.0.1:${address.port}/`
    const browser = yield* Effect.acquireRelease(
      Effect.promise(() => Chromium.launch()),
      (browser) => Effect.promise(() => browser.close())
    )
    return yield* Effect.promise(async () => {
      const page = await browser.newPage()
      await page.goto(url)
      await page.getByText("Pay 75 euros?").waitFor()
      await page.getByRole("button", { name: button }).click()
      await page.waitForFunction("document.querySelector('output').textContent !== ''")
      return {
        output: await page.locator("output").textContent(),
        events: await page.locator("li").allTextContents()
      }
    })
  }).pipe(Effect.provide(Service), Effect.scoped)

describe("examples/http-events.ts", () => {
  it.live("streams the events to a browser, and the result last", () =>
    Effect.gen(function*() {
      const { events, output } = yield* click("Pay")
      assert.strictEqual(output, "75 euros")
      assert.include(events, "ApprovalAsked approved")
      assert.deepStrictEqual(events.slice(-2), ["RunEnded ", "Result "])
    }))

  it.live("streams the failure last, when the browser refuses", () =>
    Effect.gen(function*() {
      const { events, output } = yield* click("Refuse")
      assert.strictEqual(output, "approved was not approved by the browser")
      assert.strictEqual(events.at(-1), "Failure ")
    }))

  it.live.each(
    [
      ["/invoices/a/decision", "{}", 422],
      ["/invoices/a/decision", "{", 422],
      ["/invoices/a/decision", "[".repeat(30_000), 422],
      ["/invoices/a/decision", `{"approved":true,"by":"${"x".repeat(100_000)}"}`, 413],
      ["/invoices/a/decision", `{"approved":true,"by":"Ada"}`, 404],
      ["/invoices/a", undefined, 422],
      ["/invoices/a?kwh=1&kwh=2", undefined, 422]
    ] as const
  )("answers a request of its own status: %#", ([path, body, status]) =>
    Effect.gen(function*() {
      const { address } = yield* HttpServer.HttpServer
      if (address._tag === "UnixPathAddress") return yield* Effect.die(new Error("The service listens on no port"))
      const url = `http://127.0.0.1:${address.port}${path}`
      const headers = { "content-type": "application/json" }
      const response = yield* Effect.promise(() =>
        fetch(url, body === undefined ? {} : { method: "POST", headers, body })
      )
      assert.strictEqual(response.status, status)
    }).pipe(Effect.provide(Service)))

  it.live("answers an empty amount with a failure, and asks for nothing", () =>
    Effect.gen(function*() {
      const { address } = yield* HttpServer.HttpServer
      if (address._tag === "UnixPathAddress") return yield* Effect.die(new Error("The service listens on no port"))
      const url = `http://127.0.0.1:${address.port}/invoices/a?kwh=`
      const text = yield* Effect.promise(() => fetch(url).then((response) => response.text()))
      assert.include(text, `"_tag":"Failure"`)
      assert.notInclude(text, "ApprovalAsked")
    }).pipe(Effect.provide(Service)))
})
