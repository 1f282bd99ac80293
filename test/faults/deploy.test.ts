import { describeScenario } from './describe-scenario.js';
import { deployScenario } from './scenarios.js';

describeScenario('deploy', async (folder) => [await deployScenario(folder)]);
