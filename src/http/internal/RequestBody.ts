/**
 * The body of a request in the forms that undici takes.
 */
import type { Dispatcher } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"

/** @category models */
export interface RequestBody {
  readonly body: Exclude<Dispatcher.DispatchOptions["body"], undefined>
  readonly headers: Headers.Headers
}

/** An effect where the body has to be written first. A form is written here, with its boundary in the `content-type`. @category conversions */
export const of = (request: HttpClientRequest.HttpClientRequest): RequestBody | Effect.Effect<RequestBody> => {
  const { body, headers } = request
  switch (body._tag) {
    case "Empty":
      return { body: null, headers }
    case "Uint8Array":
    case "Raw":
      return { body: body.body as Uint8Array, headers }
    case "FormData":
      return Effect.promise(async () => {
        const written = new Response(body.formData)
        return {
          body: Buffer.from(await written.arrayBuffer()),
          headers: Headers.set(headers, "content-type", written.headers.get("content-type") ?? "")
        }
      })
    case "Stream":
      // Loaded with the first such body: few programs send one.
      return Effect.flatMap(
        Effect.promise(() => import("@effect/platform-node/NodeStream")),
        (NodeStream) => Effect.map(NodeStream.toReadable(body.stream), (body) => ({ body, headers }))
      )
  }
}
