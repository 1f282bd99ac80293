import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A home folder with the configuration files of AWS. */
export interface AwsHome {
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  /** Stores the token of an SSO session, as `aws sso login` does. */
  login(session: string, token: object): Promise<void>;
}

/** @param parent the folder in which it is created */
export async function createAwsHome(parent: string, config = '', credentials = ''): Promise<AwsHome> {
  const path = await mkdtemp(join(parent, 'home-'));
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  await write('.aws/config', config);
  await write('.aws/credentials', credentials);
  return {
    path,
    write,
    async login(session, token) {
      const name = createHash('sha1').update(session).digest('hex');
      await write(`.aws/sso/cache/${name}.json`, JSON.stringify(token));
    },
  };
}
