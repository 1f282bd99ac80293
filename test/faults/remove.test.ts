import { describeScenario } from './describe-scenario.js';
import { removeScenario } from './scenarios.js';

describeScenario('remove', async (folder) => [await removeScenario(folder)]);
