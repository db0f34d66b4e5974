/** The thread of `Grid`. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parentPort, workerData } from "node:worker_threads"

const { counts, delay }: { readonly counts: Int32Array; readonly delay: number } = workerData
const gramsPerKilowattHour = new Map([["DE", 380], ["FR", 55], ["PL", 660]])

let asked = 0
const server = createServer((request, response) => {
  if (request.url?.startsWith("/stuck")) return void setTimeout(() => request.socket.destroy(), 1_000)
  counts[0] = Math.max(Number(counts[0]), ++asked)
  setTimeout(() => {
    asked--
    const grams = gramsPerKilowattHour.get(request.url?.replace("/intensity/", "") ?? "")
    response.writeHead(grams === undefined ? 404 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify({ grams }))
  }, delay)
})
server.on("connection", (socket) => {
  Atomics.add(counts, 1, 1)
  socket.on("close", () => Atomics.sub(counts, 1, 1))
})
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port))
