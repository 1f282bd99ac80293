/**
 * Ports that can be used while their adapters are still being loaded, one after the other. Loading an adapter loads a
 * client of the AWS SDK, which blocks the process for a while; in between, the requests of the one before get on their
 * way. All methods of a port answer promises, so nobody can tell.
 */
export class LateBinding {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param load makes the adapter
   * @param known properties that are known before
   */
  bind<Port extends object>(load: () => Promise<Port>, known: Partial<Port> = {}): Port {
    const loading = this.inTurn(load);
    const method =
      (name: string | symbol) =>
      async (...args: unknown[]): Promise<unknown> => {
        const port = await loading;
        return (port as Record<string | symbol, (...args: unknown[]) => unknown>)[name]?.apply(port, args);
      };
    return new Proxy(known as Port, {
      get: (target, name) =>
        name in target ? target[name as keyof Port] : name === 'then' ? undefined : method(name),
    });
  }

  /** Answers what a promise does, once all adapters are loaded: what takes long must not keep requests waiting. */
  async afterLoading<Result>(promise: Promise<Result>): Promise<Result> {
    const result = await promise;
    await this.last;
    return result;
  }

  private inTurn<Port>(load: () => Promise<Port>): Promise<Port> {
    const loaded = this.last.then(load);
    this.last = loaded.then(pause, pause);
    return loaded;
  }
}

/** Long enough for requests to be signed and written, too short to be noticed. */
const PAUSE = 5;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
