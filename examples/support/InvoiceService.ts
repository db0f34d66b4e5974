/**
 * A pipeline that asks a person, as an HTTP service for browsers: a page, a stream of events, and a way to answer.
 */
import { ByteSize, Deferred, Effect, Layer, Schema, Stream } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { AgentResult, Approval, Decision, NotApproved, Pipeline, PipelineEvent, Step } from "greenlang"
import { WrongRequest } from "greenlang/http-api"

const Invoice = Pipeline.make("Invoice", {
  version: "1.0.0",
  // an empty text would read as 0
  input: Schema.Struct({ kwh: Schema.FiniteFromString.check(Schema.isGreaterThan(0)) }),
  output: Schema.Struct({ euros: Schema.Finite }),
  error: NotApproved
}, (input) => {
  const price = Step.make("price", [input], ({ kwh }) => Effect.succeed({ euros: kwh * 0.25 }))
  const approved = Step.approval("approved", [price], ({ euros }) => `Pay ${euros} euros?`)
  return Step.make("invoice", [price, approved], (price) => Effect.succeed(price))
})

/** The events of the run, and behind them its result or its failure. */
const Message = Schema.Union([
  PipelineEvent,
  AgentResult.eventSchema(Invoice.output),
  Schema.TaggedStruct("Failure", { error: Schema.Struct({ _tag: Schema.String, message: Schema.String }) })
])

/** The browser names the invoice, and uses the name again for its decision. */
const params = { id: Schema.String }

export const Api = HttpApi.make("Invoices").add(
  HttpApiGroup.make("invoices", { topLevel: true }).add(
    HttpApiEndpoint.get("events", "/invoices/:id", {
      params,
      query: Schema.toEncoded(Invoice.input),
      success: HttpApiSchema.StreamSse({ data: Message })
    }),
    HttpApiEndpoint.post("decide", "/invoices/:id/decision", {
      params,
      payload: Decision,
      error: HttpApiError.NotFound
    })
  )
    // a wrong body or query is answered with 422 and its issues, not with an empty 400
    .middleware(WrongRequest)
)

const Handlers = HttpApiBuilder.group(
  Api,
  "invoices",
  (handlers) => {
    const questions = new Map<string, Deferred.Deferred<Decision>>()
    /** Waits for the decision; a browser that goes away takes its question with it. */
    const ask = (id: string) =>
      Effect.gen(function*() {
        const decision = yield* Deferred.make<Decision>()
        questions.set(id, decision)
        // a second stream of the same name has asked meanwhile: its question stays
        const forget = Effect.sync(() => questions.get(id) === decision && questions.delete(id))
        return yield* Effect.ensuring(Deferred.await(decision), forget)
      })

    return Effect.succeed(handlers.handleAll({
      events: ({ params: { id }, query }) =>
        Effect.succeed(
          Invoice.run(query).pipe(
            Effect.provideService(Approval, { ask: () => ask(id) }),
            Pipeline.eventsAndResult,
            Stream.catch(({ _tag, message }) => Stream.succeed({ _tag: "Failure" as const, error: { _tag, message } }))
          )
        ),
      decide: Effect.fnUntraced(function*({ params: { id }, payload }) {
        const question = questions.get(id)
        if (question === undefined) return yield* new HttpApiError.NotFound()
        yield* Deferred.succeed(question, payload)
      })
    }))
  }
)

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Invoice</title>
<ol></ol>
<form hidden><p></p><button name="approved" value="yes">Pay</button> <button>Refuse</button></form>
<output></output>
<script type="module">
const [list, form, output] = ["ol", "form", "output"].map((name) => document.querySelector(name))
const id = crypto.randomUUID()
const source = new EventSource("/invoices/" + id + "?kwh=300")
source.onmessage = ({ data }) => {
  const message = JSON.parse(data)
  // text, never markup: messages of a run come from elsewhere
  list.appendChild(document.createElement("li")).textContent = message._tag + " " + (message.path ?? []).join(" / ")
  if (message._tag === "ApprovalAsked") {
    form.hidden = false
    form.firstElementChild.textContent = message.text
  }
  if (message._tag !== "Result" && message._tag !== "Failure") return
  // a source that ends would be opened again, and run again
  source.close()
  output.textContent = message._tag === "Result" ? message.value.euros + " euros" : message.error.message
}
form.onsubmit = async (event) => {
  event.preventDefault()
  form.hidden = true
  await fetch("/invoices/" + id + "/decision", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ approved: event.submitter.value === "yes", by: "the browser" })
  })
}
</script>
`

const Page = HttpRouter.add("GET", "/", HttpServerResponse.html(page))

/** A larger body is answered with 413, and its connection closed. */
const limits = Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.kibibytes(64))

export const layer = HttpRouter.serve(Layer.mergeAll(HttpApiBuilder.layer(Api), Page), {
  disableLogger: true,
  disableListenLog: true
}).pipe(Layer.provide(Handlers), Layer.provide(WrongRequest.layer), Layer.provide(limits))
