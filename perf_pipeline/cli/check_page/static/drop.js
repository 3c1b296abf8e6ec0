// Adds a place to drop a file on; the form works without it.
"use strict";

const drop = document.getElementById("drop");
const input = document.getElementById("file");
const message = document.getElementById("drop-message");
const largest = Number(input.dataset.largestBytes);

function say(text) {
  message.textContent = text;
}

function look() {
  const file = input.files[0];
  const isTooLarge = file !== undefined && file.size > largest;
  if (isTooLarge) {
    input.value = "";
    say(`${file.name} is larger than ${largest / 1e6} MB, and no return is so large.`);
  } else {
    say(file === undefined ? "Or drop the file here." : `Chosen: ${file.name}`);
  }
}

function over(event) {
  event.preventDefault();
  drop.classList.add("is-over");
}

function leave() {
  drop.classList.remove("is-over");
}

drop.addEventListener("dragover", over);
drop.addEventListener("dragleave", leave);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  leave();
  if (event.dataTransfer.files.length === 1) {
    input.files = event.dataTransfer.files;
    look();
  } else {
    say("Drop one file at a time.");
  }
});
input.addEventListener("change", look);
drop.classList.add("can-drop");
look();
