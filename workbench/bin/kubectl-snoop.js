#!/usr/bin/env node
// kubectl runs programs named kubectl-* on the PATH as plug-ins: kubectl snoop … is snoop ….
import './snoop.js';
