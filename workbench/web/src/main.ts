import { mount } from 'svelte';
import './app/style.css';
import App from './app/App.svelte';

const target = document.querySelector('#page');
if (target === null) throw new Error('This page has no place to draw.');
target.replaceChildren();
mount(App, { target });
