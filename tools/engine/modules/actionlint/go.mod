module smarthr360.com/platform/tools/engine/actionlint

go 1.25.0

require github.com/rhysd/actionlint v1.7.7
