module waybill.invalid/peers/deflate

go 1.26.8

tool (
	waybill.invalid/peers/deflate/go-gzip
	waybill.invalid/peers/deflate/klauspost
)

require github.com/klauspost/compress v1.19.2
