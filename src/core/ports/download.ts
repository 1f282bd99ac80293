/** A file that is being downloaded. */
export interface Download {
  /** Its size in bytes, if that is known beforehand. */
  readonly length: number | undefined;
  /** The SHA-256 of its content in hex, if the sender states it. */
  readonly sha256?: string | undefined;
  /** Its content. The iterator throws an AppsctlError, NETWORK for one that ends early; leaving it ends the download. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where a file can be downloaded from. */
export interface DownloadSource {
  /** How messages name it; without secrets. */
  readonly name: string;
  /**
   * Starts the download.
   *
   * @throws AppsctlError NOT_FOUND, ACCESS_DENIED, NETWORK, SERVICE
   */
  open(signal: AbortSignal): Promise<Download>;
}
