import { ciTrustPolicy, deployPolicy } from 'appsctl';
import { aws } from './options.js';

const repository = 'example/my-app';
const trust = await ciTrustPolicy({ aws, provider: 'github', repository, environment: 'production' });
const permissions = await deployPolicy({ aws, appId: 'com.example.my-app' });
console.log(JSON.stringify({ trust, permissions }, undefined, 2));
