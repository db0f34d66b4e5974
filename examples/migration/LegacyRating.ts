/**
 * Another agent of that time: it only computes.
 */
export class Rating {
  #runs = 0

  initialize() {}

  execute({ perSquareMetre }: { readonly perSquareMetre: number }) {
    this.#runs++
    const grade = perSquareMetre < 1 ? "A" : perSquareMetre < 5 ? "B" : "C"
    return { value: { grade } }
  }

  run(input: { readonly perSquareMetre: number }) {
    return this.execute(input)
  }

  getStats() {
    return { runs: this.#runs }
  }

  cleanup() {}
}
