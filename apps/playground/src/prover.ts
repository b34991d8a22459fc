/** Asks a worker; the last question counts. @module */
import type { ProofAnswer, ProofQuestion } from './proof.ts';
import ProofWorker from './worker.ts?worker&inline';

/** One question at a time. */
export class Prover {
  #worker: Worker | undefined;

  /**
   * Gives up what it is at, and asks anew.
   *
   * @param question - two filters
   * @param done - gets the answer, unless another question comes before
   */
  ask(question: ProofQuestion, done: (answer: ProofAnswer) => void): void {
    this.stop();
    const worker = new ProofWorker();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ProofAnswer>) => {
      this.stop();
      done(data);
    };
    worker.onerror = ({ message }) => {
      this.stop();
      done({ kind: 'unknown', message });
    };
    worker.postMessage(question);
  }

  /** Gives up. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
