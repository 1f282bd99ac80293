/**
 * Lets bundles of the same app be deployed one after the other, in the order in which they began, while those of other apps
 * are deployed concurrently: the app that is listed in the end must be the one that was uploaded last.
 */
export class AppTurns {
  private readonly running = new Set<Turn>();

  /** Begins with a bundle, whose app is not known yet; the caller ends the turn. */
  begin(): Turn {
    const turn: Turn = new Turn([...this.running], () => this.running.delete(turn));
    this.running.add(turn);
    return turn;
  }
}

/** The time in which a bundle is deployed. */
class Turn {
  private setApp: (id: string | undefined) => void = () => {};
  private setEnded: () => void = () => {};
  /** Undefined if it ended before that was known. */
  private readonly app = new Promise<string | undefined>((resolve) => {
    this.setApp = resolve;
  });
  private readonly ended = new Promise<void>((resolve) => {
    this.setEnded = resolve;
  });

  constructor(
    private readonly earlier: readonly Turn[],
    private readonly onEnd: () => void,
  ) {}

  /** Waits until no bundle of the app that began earlier is being deployed. */
  async take(appId: string): Promise<void> {
    this.setApp(appId);
    for (const turn of this.earlier) if ((await turn.app) === appId) await turn.ended;
  }

  end(): void {
    this.setApp(undefined);
    this.setEnded();
    this.onEnd();
  }
}
