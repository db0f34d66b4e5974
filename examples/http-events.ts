/**
 * The events of a run, streamed to a browser as they happen, with the result or the failure last; and a question of the run that
 * the browser answers. The service is in `support/InvoiceService.ts`; here, a client does what the page of a browser does.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Stream } from "effect"
import { HttpApiClient } from "effect/http-api"
import * as InvoiceService from "./support/InvoiceService.ts"

const program = Effect.gen(function*() {
  const client = yield* HttpApiClient.make(InvoiceService.Api)
  for (const approved of [true, false]) {
    const params = { id: crypto.randomUUID() }
    const messages = yield* client.events({ params, query: { kwh: "300" } })
    yield* Stream.runForEach(messages, (message) =>
      Effect.gen(function*() {
        if (message._tag === "ApprovalAsked") {
          console.log(message.text, approved ? "yes" : "no")
          yield* client.decide({ params, payload: { approved, by: "Ada" } })
        } else if (message._tag === "Result") console.log(message._tag, message.value)
        else if (message._tag === "Failure") console.log(message._tag, message.error.message)
        else console.log(message._tag, ..."path" in message ? message.path : [])
      }))
  }
})

// A free port of this machine, and a client for it. A service that stays up has `Layer.launch(InvoiceService.layer)` here, and
// `NodeHttpServer.layer(createServer, { port: 3000 })` below it: then open http://localhost:3000 in a browser.
await Effect.runPromise(Effect.provide(program, Layer.provideMerge(InvoiceService.layer, NodeHttpServer.layerTest)))
