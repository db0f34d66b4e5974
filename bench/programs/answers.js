/**
 * The worker thread of a blocking call by hand: answers each message on its port with the named function, and raises a
 * shared word after it. `workerData` has the port, the words and the name.
 */
import { workerData } from "node:worker_threads"

const answers = {
  double: (n) => n * 2,
  doubleField: ({ n }) => n * 2,
  json: (text) => JSON.stringify(JSON.parse(text))
}
const { name, port, words } = workerData
const answer = answers[name]

port.on("message", (message) => {
  port.postMessage(answer(message))
  Atomics.add(words, 0, 1)
  Atomics.notify(words, 0)
})
