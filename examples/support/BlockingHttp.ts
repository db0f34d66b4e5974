/**
 * HTTP for programs that cannot await, as there are several on npm: another thread asks, and this one stands still.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads"

const code = `
  const { workerData: { port, signal } } = require("node:worker_threads")
  port.on("message", async (url) => {
    const answer = await fetch(url).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (error) => ({ status: 0, text: String(error.cause ?? error) })
    )
    port.postMessage(answer)
    Atomics.store(signal, 0, 1)
    Atomics.notify(signal, 0)
  })`

let client: { readonly port: MessagePort; readonly signal: Int32Array } | undefined

const open = () => {
  const { port1, port2 } = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(4))
  new Worker(code, { eval: true, workerData: { port: port2, signal }, transferList: [port2] }).unref()
  return { port: port1, signal }
}

/** Asks `url`, and answers with the JSON that comes. Throws when it is not answered with 200. */
export const getJson = (url: string): any => {
  const { port, signal } = client ??= open()
  Atomics.store(signal, 0, 0)
  port.postMessage(url)
  Atomics.wait(signal, 0, 0)
  const { status, text } = receiveMessageOnPort(port)!.message
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text}`)
  return JSON.parse(text)
}
